"""Every default of every model type."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from appliance.configurations import normalise
from appliance.configurations.catalogue import MODEL_TYPES
from appliance.configurations.entities import DEFAULT_ENTITIES

NEEDED: dict[str, dict[str, Any]] = {
    "transform_v2": {"steps": [{"rows": {"update": [{"name": "a", "value": "this | hash"}]}}]},
    "transforms": {"policies": [{"rules": [{"conditions": {"field_name": ["a"]}, "transforms": [{"type": "hash"}]}]}]},
}
"""What a type cannot be without."""


def document(model_type: str = "actgan", **section: Any) -> dict[str, Any]:
    given = {"data_source": "__tmp__", **NEEDED.get(model_type, {}), **section}
    return {"schema_version": "1.0", "name": "a-model", "models": [{model_type: given}]}


ACTGAN = {
    "embedding_dim": 128,
    "generator_dim": [1024, 1024],
    "discriminator_dim": [1024, 1024],
    "generator_lr": 1e-4,
    "generator_decay": 1e-6,
    "discriminator_lr": 3.3e-4,
    "discriminator_decay": 1e-6,
    "batch_size": "auto",
    "discriminator_steps": 1,
    "binary_encoder_cutoff": 150,
    "binary_encoder_nan_handler": "mode",
    "log_frequency": True,
    "epochs": "auto",
    "pac": 10,
    "data_upsample_limit": 100,
    "conditional_vector_type": "single_discrete",
    "conditional_select_mean_columns": None,
    "conditional_select_column_prob": None,
    "reconstruction_loss_coef": 1.0,
    "force_conditioning": "auto",
    "auto_transform_datetimes": False,
    "cbn_sample_size": 250000,
}
LSTM = {
    "epochs": 100,
    "batch_size": 64,
    "vocab_size": 20000,
    "reset_states": False,
    "learning_rate": 0.01,
    "rnn_units": 256,
    "dropout_rate": 0.2,
    "field_cluster_size": 20,
    "early_stopping": True,
    "gen_temp": 1.0,
    "predict_batch_size": 64,
    "validation_split": False,
    "field_delimiter": None,
    "dp": False,
    "dp_noise_multiplier": 0.001,
    "dp_l2_norm_clip": 5.0,
    "dp_microbatches": 1,
}
FINE_TUNE = {
    "num_input_records_to_sample": "auto",
    "batch_size": 1,
    "gradient_accumulation_steps": 8,
    "weight_decay": 0.01,
    "warmup_ratio": 0.05,
    "lr_scheduler": "cosine",
    "learning_rate": 5e-4,
    "lora_r": 32,
    "lora_alpha_over_r": 1.0,
    "lora_target_modules": ["q_proj", "k_proj", "v_proj", "o_proj"],
    "use_unsloth": "auto",
    "rope_scaling_factor": "auto",
    "validation_ratio": 0.0,
    "validation_steps": 15,
}
FINE_TUNE_GENERATE = {
    "num_records": 1000,
    "temperature": 0.75,
    "repetition_penalty": 1.2,
    "top_p": 1.0,
    "stop_params": None,
    "use_structured_generation": False,
}
PRIVACY = {"dp": False, "epsilon": 8.0, "delta": "auto", "per_sample_max_grad_norm": 1.0}
CTGAN = {
    "epochs": 100,
    "generator_dim": [256, 256],
    "discriminator_dim": [256, 256],
    "generator_lr": 2e-4,
    "discriminator_lr": 1e-5,
    "batch_size": 500,
    "embedding_dim": 128,
}
AMPLIFY = {
    "num_records": None,
    "target_size_mb": None,
    "auto_transform_datetimes": True,
    "sample_size": 50000,
    "process_count_cpu": 0,
}
MEDIUM = {"outliers": "medium", "similarity": "medium", "max_iterations": 10}
AUTO = {"outliers": "auto", "similarity": "auto", "max_iterations": 10}
VALIDATORS = {"in_set_count": 10, "pattern_count": 10, "use_numeric_iqr": True}
FINE_TUNE_SECTIONS: dict[str, Any] = {
    "params": FINE_TUNE,
    "generate": FINE_TUNE_GENERATE,
    "privacy_params": PRIVACY,
    "group_training_examples_by": None,
    "order_training_examples_by": None,
    "max_sequences_per_example": "auto",
    "data_config": None,
}
ACTGAN_SECTIONS: dict[str, Any] = {"params": ACTGAN, "generate": {"num_records": 5000, "max_invalid": None}, "privacy_filters": MEDIUM}
LSTM_SECTIONS: dict[str, Any] = {
    "params": LSTM,
    "generate": {"num_records": 5000, "max_invalid": 5000},
    "privacy_filters": AUTO,
    "validators": VALIDATORS,
    "fallback": None,
    "data_checks": None,
}
DEFAULTS: dict[str, dict[str, Any]] = {
    "actgan": ACTGAN_SECTIONS,
    "tabular_gan": ACTGAN_SECTIONS,
    "navigator_ft": FINE_TUNE_SECTIONS,
    "tabular_ft": FINE_TUNE_SECTIONS,
    "amplify": {"params": AMPLIFY},
    "synthetics": LSTM_SECTIONS,
    "ctgan": {"params": CTGAN, "generate": {"num_records": 5000, "max_invalid": None}, "privacy_filters": MEDIUM, "validators": VALIDATORS},
    "tabular_dp": {
        "params": {"epsilon": 1.0, "delta": "auto", "infer_domain": True, "domain": None},
        "generate": {"num_records": 5000, "max_invalid": None},
    },
    "evaluate": {
        "task": {"type": "sqs"},
        "params": {
            "sqs_report_rows": 5000,
            "sqs_report_columns": 250,
            "correlation_columns": 75,
            "mandatory_columns": [],
            "target": None,
            "holdout": 0.2,
            "models": [],
            "metric": None,
        },
        "privacy_metrics": {"quasi_identifier_count": 3, "skip": False, "skip_mia": False, "skip_aia": False},
        "pii_replay": {"skip": False, "entities": None},
    },
    "classify": {"labels": None, "use_nlp": None},
    "transforms": {
        "use_nlp": None,
        "policies": [
            {
                "name": "policy_1",
                "rules": [
                    {
                        "name": "rule_1",
                        "conditions": {"field_name": ["a"], "field_name_regex": None, "field_name_similarity": None}
                        | {"field_label": None, "field_attributes": None, "value_label": None},
                        "transforms": [{"type": "hash", "attrs": None}],
                    }
                ],
            }
        ],
    },
    "transform_v2": {
        "globals": {
            "locales": None,
            "seed": None,
            "lock_columns": [],
            "consistency": None,
            "classify": {"enable": True, "entities": list(DEFAULT_ENTITIES), "num_samples": 3},
            "ner": {
                "ner_threshold": 0.3,
                "entities": None,
                "ner_optimized": True,
                "enable_regexps": False,
                "enable_gliner": True,
                "gliner_batch_mode": {"enable": True, "batch_size": 8, "chunk_length": 512},
                "gliner": None,
            },
        },
        "steps": [
            {
                "vars": {},
                "columns": {"add": [], "drop": [], "rename": []},
                "rows": {
                    "drop": [],
                    "update": [
                        {"name": "a", "entity": None, "type": None, "position": None, "condition": None, "foreach": None}
                        | {"value": "this | hash", "fallback_value": None, "description": None}
                    ],
                },
            }
        ],
    },
}
TRAINED = sorted(set(MODEL_TYPES) - {"evaluate", "classify", "transforms", "transform_v2"})
"""The types that make records, and so have sections about them."""
OWN: dict[str, Any] = {
    "engine": "tree",
    "seed": None,
    "target": None,
    "constraints": [],
    "bounds": {},
    "categories": {},
    "seed_columns": [],
    "drop_columns": [],
    "temperature": 1.0,
    "max_duration": None,
    "memory": None,
    "format": None,
}
OWN_BESIDES: dict[str, dict[str, Any]] = {
    "transform_v2": {
        "on_error": "redact",
        "unique": False,
        "domains": {},
        "csv_guard": False,
        "rule_timeout": 60.0,
        "key": None,
        "repairs": [],
    },
    "transforms": {"on_error": "redact", "csv_guard": False, "rule_timeout": 60.0, "key": None},
}


def test_the_tables_cover_every_type() -> None:
    assert set(DEFAULTS) == set(MODEL_TYPES)


@pytest.mark.parametrize("model_type", sorted(MODEL_TYPES))
def test_every_default_is_filled_in(model_type: str) -> None:
    section = normalise(document(model_type)).section
    for name, expected in DEFAULTS[model_type].items():
        if isinstance(expected, dict):
            assert {key: section[name][key] for key in expected} == expected
        else:
            assert section[name] == expected
    assert section["appliance"] == OWN | OWN_BESIDES.get(model_type, {})
    assert section["ref_data"] == {}


@pytest.mark.parametrize("model_type", TRAINED)
def test_the_report_is_never_skipped_by_default(model_type: str) -> None:
    assert normalise(document(model_type)).section["evaluate"]["skip"] is False


@pytest.mark.parametrize("model_type", TRAINED)
def test_what_pollers_index_is_always_there(model_type: str) -> None:
    (body,) = normalise(document(model_type)).document["models"]
    if model_type == "amplify":
        assert "num_records" in body[model_type]["params"]
    else:
        assert body[model_type]["generate"]["num_records"] >= 1
    if model_type in ("actgan", "synthetics", "ctgan", "tabular_gan"):
        assert "epochs" in body[model_type]["params"]


@pytest.mark.parametrize("model_type", sorted(MODEL_TYPES))
def test_normalising_twice_changes_nothing(model_type: str) -> None:
    once = normalise(document(model_type, appliance={"memory": "4 GiB", "max_duration": "30 m", "seed": 7}))
    twice = normalise(msgspec.json.encode(once.document))
    assert twice.document == once.document
    assert once.section["appliance"]["memory"] == 4 << 30
    assert once.section["appliance"]["max_duration"] == 1800.0
