"""The default text in each language, written for this project: names and facts come back, so that far context can help."""

from __future__ import annotations

from playground.lab.text import Text

STORY = Text(
    zh="""灯塔日记

雾岬灯塔建在一块突出海面的黑色岩石上，离最近的渔港石湾有四公里水路。守塔人罗海生在这里住了二十六年，陪着他的只有一条名叫豆包的黄狗和一台老式短波电台。每天傍晚六点，他爬上一百三十八级台阶，点亮主灯，再把风向、气压和能见度记在一本蓝色封皮的日记里。

三月初，港务局来信说，灯塔要改成自动控制，守塔人年底前必须离开。信是由新上任的工程师许曼送来的。许曼坐渔民老郑的小船上岸，背包里装着两块太阳能板和一个灰色的控制箱。罗海生没有说话，只是给她倒了一杯姜茶。豆包围着控制箱闻了一圈，打了个喷嚏。

许曼在灯塔里住了下来。白天她在塔顶安装太阳能板，晚上对照罗海生的日记，核对二十六年来的天气。她发现，每逢南风转东、气压一小时降下三百帕，第二天石湾必有大雾；这条规律港务局的手册里没有，日记里却写了四十一次。她问罗海生为什么不早说，罗海生说：“没有人问过。”

四月十七日傍晚，气压果然在一小时里降了三百帕，南风转成东风。许曼调好了控制箱，让主灯自动点亮。半夜，雾来了，浓得看不见栏杆。两点刚过，短波电台里传来老郑的声音：他的船在雾里失去了方向，罗盘也坏了。控制箱按程序每十秒闪一次灯，可是雾太厚，老郑什么也看不见。

罗海生抓起铜号，走到塔外的平台上，对着东边吹起来，三长两短，这是他父亲教给他的雾号。豆包跟着叫。许曼关掉自动程序，用手扳着开关，让灯光也按三长两短亮灭。电台里老郑说，听见了，号声在左前方。他慢慢把船转过来，四十分钟后，小船的船头碰到了黑色岩石。

第二天雾散了。许曼给港务局写了一份报告，把那条规律和四十一次记录都附在后面。她建议给灯塔装一只雾号，并且请罗海生留下来，做石湾的气象观察员。六月，回信到了，信封还是老郑送来的。罗海生看完信，给老郑和许曼各倒了一杯姜茶，然后翻开蓝色封皮的日记，写下：“南风，能见度良好。雾岬灯塔，守塔人罗海生，继续值班。”豆包趴在灰色的控制箱旁边，睡着了。""",
    en="""The keeper's log

The lighthouse at Mist Point was built on a black rock, four kilometres by water from the fishing harbour of Stonebay. Its keeper, Harlan Reed, had lived there for twenty-six years with a yellow dog called Biscuit and an old short-wave radio. At six every evening he climbed the one hundred and thirty-eight steps, lit the lamp, and wrote the wind, the pressure and the visibility into a logbook with a blue cover.

In early March the harbour office wrote that the lamp would become automatic and that the keeper had to leave before the end of the year. The letter was brought by the new engineer, Nadia Cole. She came ashore in old Tom Pike's boat, with two solar panels and a grey control box in her rucksack. Harlan said nothing and poured her a cup of ginger tea. Biscuit walked once around the control box, sniffed at it, and sneezed.

Nadia moved in. By day she fixed the solar panels to the top of the tower; at night she went through the blue logbook and checked twenty-six years of weather. She noticed that whenever the wind turned from south to east and the pressure fell by three hectopascals within an hour, Stonebay had thick fog the next day. The manual of the harbour office didn't mention it; the logbook had it forty-one times. When she asked Harlan why he had never told anyone, he said: "Nobody asked."

On the evening of 17 April the pressure fell by three hectopascals within an hour, and the wind turned from south to east. Nadia set the control box to light the lamp by itself. At midnight the fog came, so thick that the railing was gone. Shortly after two, Tom Pike's voice came over the short-wave radio: he had lost his bearings in the fog, and his compass was broken. The control box flashed the lamp every ten seconds, as it was programmed to, but Tom saw nothing at all.

Harlan took his brass horn, went out onto the platform and blew towards the east, three long and two short, the fog signal that his father had taught him. Biscuit barked along. Nadia switched off the program and worked the lamp by hand, three long and two short. Over the radio Tom said that he could hear the horn ahead of him, to the left. Slowly he brought the boat round, and forty minutes later its bow touched the black rock.

The next day the fog had lifted. Nadia wrote a report to the harbour office, with the rule and all forty-one entries attached. She proposed a fog horn for the lighthouse, and asked that Harlan Reed stay on as the weather observer of Stonebay. The answer came in June, again in Tom Pike's boat. Harlan read it, poured a cup of ginger tea each for Tom and Nadia, opened the logbook with the blue cover and wrote: "Wind south, visibility good. Mist Point lighthouse, keeper Harlan Reed, still on duty." Beside the grey control box, Biscuit was asleep.""",
)
