"""Locales of fakes: the names that Faker 40.54 knows."""

from __future__ import annotations

LOCALES: frozenset[str] = frozenset(
    """
    am_ET ar_AA ar_AE ar_BH ar_DZ ar_EG ar_JO ar_PS ar_SA az_AZ bg_BG bn_BD bs_BA cs_CZ da_DK de de_AT de_CH de_DE de_LI de_LU dk_DK
    el_CY el_GR en en_AU en_BD en_CA en_GB en_IE en_IN en_KE en_MS en_NG en_NZ en_PH en_PK en_TH en_US es es_AR es_CA es_CL es_CO es_ES
    es_MX et_EE fa_IR fi_FI fil_PH fr_BE fr_CA fr_CH fr_DZ fr_FR fr_QC ga_IE gu_IN ha_NG he_IL hi_IN hr_HR hu_HU hy_AM id_ID ig_NG is_IS
    it_CH it_IT ja_JP ka_GE ko_KR la lb_LU lt_LT lv_LV mk_MK mr_IN mt_MT ne_NP ng_NG nl_BE nl_NL no_NO or_IN pl_PL pt_BR pt_PT ro_RO
    ru_RU si_LK sk_SK sl_SI sq_AL sr_BA sv_SE sw ta_IN th th_TH tl_PH tr_TR tw_GH uk_UA uz_UZ vi_VN yo_NG zh_CN zh_TW zu_ZA
    """.split()
)
"""Every locale by name."""

DEFAULT_LOCALE = "en_US"


def locale_of(word: str) -> str | None:
    """The locale that a word stands for: `en-US`, `EN_us` and `en_US` are one. None when there is none of that name."""
    plain = word.strip().replace("-", "_")
    if plain in LOCALES:
        return plain
    lowered = plain.lower()
    return next((name for name in sorted(LOCALES) if name.lower() == lowered), None)
