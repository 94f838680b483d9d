# %% [markdown]
# # Scenario studio
#
# What would it take to answer more calls, and what would it cost? Pick a shop, move levers, and see at once what
# changes, on the same customers. 中文界面：请点右侧的“中文”。

# %%
import sim

# %%
sim.studio()

# %% [markdown]
# - **Move a lever** with the mouse, or go to it with the Tab key and use the arrow keys. The table answers at once with
#   a few replications, and adds more by itself. Each **?** explains its lever.
# - **▲ better, ▼ worse, ◆ differs** are more than luck, with 95 % confidence. **○** may be luck: do not act on it.
# - **Pin** what you want to keep, up to five. **Make it the base** to compare everything with what you look at.
# - **Undo** takes back the last action. **Save** leaves the scenario, the table and the figures on your own computer.
#
# In a notebook, `sim.studio("livestream")` begins with another shop, and `sim.studio(language="zh")` in Chinese. What
# each number means, and what the studio cannot tell, is told in [docs/studio.md](../docs/studio.md).
