"""A notebook as an app: every visitor gets a page and a kernel of their own, controls and results but no code.

``python run.py app`` starts it, on the scenario studio; ``python -m sim.app NOTEBOOK`` serves any other notebook.
Voilà does the work. What is added here makes it fit for a classroom or an office without the internet: nobody gets
in without the token, a visitor who leaves takes the kernel along, and the page asks no other computer for anything.
"""
