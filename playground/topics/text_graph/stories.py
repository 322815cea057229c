"""The texts of the lab, written for this project: a flood, told in 34 sentences, in which words return in new company; and a text
whose second half turns its first around."""

from __future__ import annotations

from playground.lab.text import Text

FLOOD = Text(
    zh=(
        "雨下了三天，河水漫过了码头。渔夫把小船拴在码头，发现河水还在上涨。市长赶到大桥，工程师正在检查桥墩。工程师说，桥墩被河水冲出了裂缝。"
        "市长下令封闭大桥，医生只好坐小船去医院。医院的药品不多，护士清点了仓库。老师带着学生离开学校，搬进仓库。学生帮护士整理药品，老师负责做饭。"
        "渔夫划着小船送来粮食，老师把粮食分给学生。夜里水泵停了，工程师跑去电站。电站的变压器进了水，水泵没有电。市长请渔夫用小船送工程师去电站。"
        "记者从省城赶来，在码头采访市长。医生告诉记者，医院只剩一台发电机。护士和医生守着发电机过了一夜。学校的屋顶漏雨，市长让学生留在仓库。"
        "天亮时，无人机飞过大桥，拍下了裂缝。记者借无人机看了河水和学校。工程师用无人机检查变压器。记者把裂缝的照片发到省城。"
        "省城派来车队，车队被大桥挡住。渔夫带着车队的司机，用小船把药品送到医院。司机和学生把粮食搬进学校。老师请护士到学校照看学生。"
        "工程师修好了变压器，医院有了电，发电机停了。水泵重新转动，河水退出了仓库。无人机给医生送来药品。市长在学校感谢渔夫和司机。"
        "工程师带着车队加固桥墩，大桥重新开放。记者写道，电站、水泵和无人机救了小城。省城决定给电站换新的变压器。"
        "医生把发电机借给学校，老师给记者讲仓库里的事。护士陪渔夫去看大桥，桥墩的裂缝补好了。学生在码头放飞无人机，市长和工程师在看河水。"
    ),
    en=(
        "Rain fell for three days and the river covered the harbour. "
        "A fisherman dragged his boat onto the harbour wall while the river kept rising. "
        "The mayor hurried to the bridge, where an engineer was testing each pillar. "
        "The engineer found a crack in a pillar, cut by the river. "
        "The mayor closed the bridge, so the doctor took a boat to the hospital. "
        "The hospital was short of medicine, and a nurse counted what the warehouse held. "
        "A teacher led every pupil out of the school and into the warehouse. "
        "Each pupil helped the nurse to sort medicine, and the teacher cooked. "
        "The fisherman brought flour by boat, and the teacher gave flour to each pupil. "
        "At night the pump stopped, and the engineer ran to the station. "
        "Water was in the transformer of the station, so the pump had no power. "
        "The mayor asked the fisherman to take the engineer to the station by boat. "
        "A reporter came from the capital and met the mayor at the harbour. "
        "The doctor told the reporter that the hospital had a single generator. "
        "The nurse and the doctor watched the generator all night. "
        "The roof of the school leaked, and the mayor kept every pupil in the warehouse. "
        "At dawn a drone flew over the bridge and filmed the crack. "
        "The reporter borrowed the drone to look at the river and the school. "
        "The engineer used the drone to inspect the transformer. "
        "The reporter sent pictures of the crack to the capital. "
        "The capital sent a convoy, but the bridge stopped the convoy. "
        "The fisherman took the driver of the convoy and the medicine to the hospital by boat. "
        "The driver and a pupil carried flour into the school. "
        "The teacher asked the nurse to look after a sick pupil at the school. "
        "The engineer repaired the transformer, the hospital had power, and the generator went quiet. "
        "The pump turned again and the river left the warehouse. The drone carried medicine to the doctor. "
        "At the school the mayor thanked the fisherman and the driver. "
        "With the convoy the engineer mended the pillar, and the bridge opened again. "
        "The reporter wrote that the station, the pump and the drone had saved the town. "
        "The capital agreed to buy a new transformer for the station. "
        "The doctor lent the generator to the school, and the teacher told the reporter about the warehouse. "
        "The nurse walked with the fisherman to the bridge, where the crack in the pillar was closed. "
        "A pupil flew the drone at the harbour while the mayor and the engineer watched the river."
    ),
)

# The first 14 sentences have words of the harbour together and words of the hospital, with one link between; the others link across. In English
# the verbs are stop words, so that the nodes are the same in both languages.
MIXED = Text(
    zh=(
        "渔夫把小船拴在码头。渔夫在灯塔下补渔网。小船里放着渔网。灯塔照着码头。码头停着货轮。渔夫给货轮送渔网。"
        "医生走进医院。护士把药品送到病房。医生查看病房。医院缺少药品。救护车停在医院。护士走下救护车。医生打开药品。护士路过码头。"
        "渔夫用小船给护士送药品。医生从病房拿来渔网，登上灯塔。救护车从医院开进码头，接走货轮上的人。医生带着药品上了货轮，找到渔夫。"
        "护士从病房望见灯塔和码头。渔夫把渔网盖在救护车和医院上。小船停在医院，医生坐上小船。"
    ),
    en=(
        "The fisherman was at the harbour with a boat. The fisherman had a net under the lighthouse. In the boat was a net. "
        "The lighthouse was above the harbour. A freighter was at the harbour. The fisherman put a net on the freighter. "
        "The doctor was at the hospital. The nurse found medicine for the ward. The doctor was in the ward. The hospital had no medicine. "
        "The ambulance was at the hospital. The nurse was in the ambulance. The doctor had medicine. The nurse was once at the harbour. "
        "Now the fisherman is in the boat with medicine for the nurse. The doctor has a net from the ward and is in the lighthouse. "
        "The ambulance of the hospital is at the harbour, in front of the freighter. The doctor is on the freighter with medicine for the fisherman. "
        "From the ward the nurse can see the lighthouse and the harbour. The fisherman has put a net over the ambulance of the hospital. "
        "The boat is behind the hospital, and the doctor is in the boat."
    ),
)
