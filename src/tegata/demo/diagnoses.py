"""Diagnoses of the synthetic register: ICD-10 code and its name in Japanese and English."""

from __future__ import annotations

from typing import Final

DIAGNOSES: Final = (
    ("A09", "感染性胃腸炎 / infectious gastroenteritis"),
    ("C16.9", "胃癌 / malignant neoplasm of stomach"),
    ("C34.9", "肺癌 / malignant neoplasm of lung"),
    ("C50.9", "乳癌 / malignant neoplasm of breast"),
    ("D50.9", "鉄欠乏性貧血 / iron deficiency anaemia"),
    ("E11.9", "2型糖尿病 / type 2 diabetes mellitus"),
    ("E78.5", "脂質異常症 / hyperlipidaemia"),
    ("F32.9", "うつ病エピソード / depressive episode"),
    ("G40.9", "てんかん / epilepsy"),
    ("G43.9", "片頭痛 / migraine"),
    ("H25.9", "老人性白内障 / senile cataract"),
    ("I10", "本態性高血圧症 / essential hypertension"),
    ("I20.9", "狭心症 / angina pectoris"),
    ("I21.9", "急性心筋梗塞 / acute myocardial infarction"),
    ("I48.9", "心房細動 / atrial fibrillation"),
    ("I50.9", "心不全 / heart failure"),
    ("I63.9", "脳梗塞 / cerebral infarction"),
    ("J18.9", "肺炎 / pneumonia"),
    ("J44.9", "慢性閉塞性肺疾患 / chronic obstructive pulmonary disease"),
    ("J45.9", "気管支喘息 / asthma"),
    ("K35.8", "急性虫垂炎 / acute appendicitis"),
    ("K80.2", "胆石症 / gallstones"),
    ("M16.9", "変形性股関節症 / arthrosis of hip"),
    ("M17.9", "変形性膝関節症 / arthrosis of knee"),
    ("M51.2", "腰椎椎間板ヘルニア / lumbar disc displacement"),
    ("N18.9", "慢性腎臓病 / chronic kidney disease"),
    ("N39.0", "尿路感染症 / urinary tract infection"),
    ("O80", "自然分娩 / spontaneous delivery"),
    ("S06.0", "脳振盪 / concussion"),
    ("S52.5", "橈骨遠位端骨折 / fracture of lower end of radius"),
    ("S72.0", "大腿骨頸部骨折 / fracture of neck of femur"),
    ("T78.4", "アレルギー / allergy"),
)
