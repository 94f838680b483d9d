"""How fast the engines are, beside other ways to simulate the same thing: ``python run.py bench``.

`docs/benchmarks.md` says what is measured and how to read it. Nothing here is asserted about speed; what is checked is
that all contenders simulate the same thing.
"""
