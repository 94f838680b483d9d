# %% [markdown]
# # The way through the course
#
# You are the new head of after-sales service at *Hearth*, an online shop for household goods. Each lesson is a
# question that somebody asks you, and a deadline. You guess, you try it on a copy of the shop, you check the result
# against a formula or real data, and you say what you would tell the manager.
#
# - **Alone:** take the lessons in their order, 30 to 45 minutes each. Each begins where the last one ended.
# - **In a course:** see the [guide for trainers](../docs/teaching.md), with timetables for half a day, two days and a term.
# - **Without lessons:** open the [scenario studio](studio.ipynb), move levers and compare plans.
#
# Complete copies of all lessons are in the folder [solutions](solutions). Look there when you have tried.

# %% [markdown]
# ## The lessons
#
# ### First part: waiting, and what it costs to wait less
#
# | | question | who asks | afterwards you can |
# |---|---|---|---|
# | [00](00_what_does_a_service_day_look_like.ipynb) | What does a service day look like? | the director, who wants one answer by Friday | run a day, read its picture, tell luck from effect |
# | [01](01_why_do_customers_wait.ipynb) | Why do customers wait when agents are idle half the time? | the director, about Jun's repair desk | explain the hockey stick, use Erlang C, build a queue |
# | [02](02_when_do_they_come.ipynb) | When do they come? | Tomas, who plans a live stream | read and build a demand profile, plan for days that are busier than forecast |
# | [03](03_who_hangs_up.ipynb) | Who hangs up, and what does "80 % in 20 seconds" hide? | the director, before the board meets | tell four service levels apart, use Erlang A |
# | [04](04_how_many_people_when.ipynb) | How many people, when? | Mei, who plans the shifts, and Ana, who pays | go from a forecast to heads by half hour, to shifts, to a cost |
# | [05](05_which_of_two_plans_is_better.ipynb) | Which of two plans is better? | the director, who wants five proposals ranked by noon | compare plans with intervals, and see through rankings of noise |
#
# ### Second part: channels, bots, policies (in preparation)
#
# | | question |
# |---|---|
# | 06 | Phone, chat or e-mail? |
# | 07 | What should the AI bot answer? |
# | 08 | Fast or right? |
# | 09 | What does a return cost, and a slow refund? |
# | 10 | What makes a customer come back? |
#
# ### Third part: your own shop (in preparation)
#
# | | question |
# |---|---|
# | 11 | Is the model like my shop? |
# | 12 | Do it ourselves or outsource? |
# | 13 | What went wrong last month? |
# | 14 | Which policy for us? |
# | 15 | Capstone: the big promotion |

# %% [markdown]
# ## Where is each topic learnt?
#
# Numbers are lessons; those of the second and third part are in preparation. What stands in the last column can be tried
# today, in the [studio](studio.ipynb) or with [levers](../docs/levers.md) in a notebook of your own.
#
# **Speed, people, capacity**
#
# | topic | lesson | try today |
# |---|---|---|
# | speed of response, busiest times | 00, 02, 03 | `agents`, `agents_morning`, `agents_evening` |
# | scaling with traffic | 02, 04, 15 | `demand`, the scenario `livestream` |
# | uneven quality over shifts | 08 | `common_standard`, `haste` |
# | agents' training, assessment | 08 | `training`, `quality_checks` |
# | outsourcing | 12 | `outsourcing`, `helps_out_after` |
# | KPIs: response time, solved cases, repeat contacts, common complaints, busiest times | 00, 03, 08, 13 | the studio's table |
#
# **Solving, not only answering**
#
# | topic | lesson | try today |
# |---|---|---|
# | efficiency of solving, speed against quality | 08 | `haste`, `training` |
# | repeat contacts | 03, 08 | the measure `repeat_rate` |
# | data analysis and prevention | 08, 13 | `prevention`, `sim.drivers.explain` |
# | manuals, tutorials, a knowledge base: fewer how-to cases | 06, 08 | `knowledge_base`, `self_service` |
# | multi-channel service | 06 | `chats_at_once`, `opening_hours` |
# | AI service, also outside peak hours | 07 | `bot`, `bot_boldness`, `bot_from` |
# | selling while serving | 10, 12 | the measure `sales_while_serving` |
#
# **Returns, refunds, repairs**
#
# | topic | lesson | try today |
# |---|---|---|
# | clear policies, 30 days to return, free freight, unclear freight | 09, 14 | `return_window`, `free_freight` |
# | automated returns, long audits of returns, instant refund | 09 | `instant_refund`, `review_time`, `how_often` |
# | compensation in advance | 09, 14 | `compensation_in_advance`, the scenario `taobao_style` |
# | shipping and after-sales, same-day logistics | 09, 14 | the scenario `jd_style` |
# | slow repairs, on-site repair, extended warranty | 09 | `days_on_the_way`, `repair_at_home`, `warranty` |
# | service centres with online booking | 09, 14 | `by_appointment`, the scenario `xiaomi_style` |
# | sustainability of returns | 09 | the measure `freight_cost` |
#
# **Customers who come back**
#
# | topic | lesson | try today |
# |---|---|---|
# | attitude | 10 | `courtesy` |
# | transparency, opaque complaints | 09, 10 | `status_notices` |
# | personal service, an own agent for frequent buyers | 10 | `vip_own_agents` |
# | follow-up calls, surveys, feedback channels | 10, 13 | `follow_up` |
# | reviews invited and accepted (trade articles claim that 77 % see such brands more favourably) | 10 | `survey` |
# | satisfaction → loyalty → word of mouth; loyal customers forgive more | 10 | `sim.loyalty.project` |
#
# **The service review (复盘)**
#
# | topic | lesson | try today |
# |---|---|---|
# | data review, deep review, fishbone | 13 | `sim.plots.fishbone` |
# | countermeasures with owners and dates | 13 | — |
# | three traps: feedback ignored, one metric only, nothing tracked | 03, 08, 13 | — |
# | the company's view against the customers' (trade articles claim: 87 % of firms think they serve well, 11 % of customers agree) | 03 | `csat` beside `service_level` |
