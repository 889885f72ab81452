"""The model types of this version: one Section each, with every key, its range and its default."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, field

from appliance.configurations.kinds import (
    Auto,
    Column,
    Count,
    LayerSizes,
    Natural,
    NotNegative,
    Positive,
    Probability,
    Rate,
    Rows,
    Share,
    ShareBelowOne,
    Text,
)
from appliance.configurations.section import (
    Appliance,
    Evaluate,
    Generate,
    LstmPrivacyFilters,
    PrivacyFilters,
    Section,
    StopParams,
    Validators,
)

DataSource = Text | list[Text] | None
RefData = dict[str, Any] | list[Any] | str | None


def _listed(*values: Any) -> Any:
    return field(default_factory=lambda: list(values))


class ModelType(Section, frozen=True):
    """What every model type has. `data_source`: an artifact key, a path, a URL or a placeholder; of a list the first one."""

    used: ClassVar[frozenset[str]] = frozenset({"data_source", "ref_data"})
    data_source: DataSource = None
    ref_data: RefData = None
    appliance: Appliance = Appliance()


class ActganParams(Section, frozen=True):
    """Parameters of the last generation's GAN."""

    embedding_dim: Count = 128
    generator_dim: LayerSizes = _listed(1024, 1024)
    discriminator_dim: LayerSizes = _listed(1024, 1024)
    generator_lr: Positive = 1e-4
    generator_decay: NotNegative = 1e-6
    discriminator_lr: Positive = 3.3e-4
    discriminator_decay: NotNegative = 1e-6
    batch_size: Auto | Count = "auto"
    discriminator_steps: Count = 1
    binary_encoder_cutoff: Count = 150
    binary_encoder_nan_handler: Literal["mode"] | None = "mode"
    auto_transform_datetimes: bool = False
    log_frequency: bool = True
    cbn_sample_size: Count | None = 250_000
    epochs: Auto | Count = "auto"
    pac: Count = 10
    data_upsample_limit: Natural = 100
    conditional_vector_type: Literal["single_discrete", "anyway"] = "single_discrete"
    conditional_select_column_prob: Share | None = None
    conditional_select_mean_columns: Positive | None = None
    reconstruction_loss_coef: NotNegative = 1.0
    force_conditioning: Auto | bool = "auto"
    verbose: bool = False


class Actgan(ModelType, frozen=True):
    """`actgan`, and `tabular_gan` by its later name."""

    params: ActganParams = ActganParams()
    generate: Generate = Generate()
    privacy_filters: PrivacyFilters = PrivacyFilters()
    evaluate: Evaluate = Evaluate()


class CtganParams(Section, frozen=True):
    """Parameters of the first GAN."""

    epochs: Auto | Count = 100
    embedding_dim: Count = 128
    generator_dim: LayerSizes = _listed(256, 256)
    discriminator_dim: LayerSizes = _listed(256, 256)
    generator_lr: Positive = 2e-4
    generator_decay: NotNegative = 1e-6
    discriminator_lr: Positive = 1e-5
    discriminator_decay: NotNegative = 1e-6
    discriminator_steps: Count = 1
    batch_size: Auto | Count = 500
    log_frequency: bool = True
    pac: Count = 10
    data_upsample_limit: Natural = 100
    verbose: bool = False


class Ctgan(ModelType, frozen=True):
    """`ctgan`."""

    params: CtganParams = CtganParams()
    generate: Generate = Generate()
    validators: Validators = Validators()
    privacy_filters: PrivacyFilters = PrivacyFilters()
    evaluate: Evaluate = Evaluate()


class AmplifyParams(Section, frozen=True):
    """Parameters of `amplify`. `num_records` or `target_size_mb`, not both; neither: as many records as the input has."""

    used: ClassVar[frozenset[str]] = frozenset({"num_records", "target_size_mb"})
    num_records: Rows | None = None
    target_size_mb: Positive | None = None
    auto_transform_datetimes: bool = True
    sample_size: Count = 50_000
    process_count_cpu: Natural = 0


class Amplify(ModelType, frozen=True):
    """`amplify`."""

    params: AmplifyParams = AmplifyParams()
    evaluate: Evaluate = Evaluate()


class LstmParams(Section, frozen=True):
    """Parameters of the recurrent network. The four `dp` keys change what is promised: `dp: true` is refused."""

    used: ClassVar[frozenset[str]] = frozenset({"dp", "dp_noise_multiplier", "dp_l2_norm_clip", "dp_microbatches"})
    epochs: Auto | Count = 100
    batch_size: Auto | Count = 64
    vocab_size: Auto | Natural = 20_000
    reset_states: bool = False
    learning_rate: Auto | Positive = 0.01
    rnn_units: Auto | Count = 256
    dropout_rate: ShareBelowOne = 0.2
    field_cluster_size: Count = 20
    overwrite: bool = True
    early_stopping: bool = True
    gen_temp: Positive = 1.0
    predict_batch_size: Count = 64
    validation_split: bool = False
    field_delimiter: Annotated[str, Meta(min_length=1, max_length=1)] | None = None
    data_upsample_limit: Natural = 10_000
    dp: bool = False
    dp_noise_multiplier: Positive = 0.001
    dp_l2_norm_clip: Positive = 5.0
    dp_microbatches: Count = 1


class LstmGenerate(Generate, frozen=True):
    """`synthetics` stops at so many invalid records."""

    max_invalid: Natural | None = 5000


class Lstm(ModelType, frozen=True):
    """`synthetics`."""

    params: LstmParams = LstmParams()
    generate: LstmGenerate = LstmGenerate()
    validators: Validators = Validators()
    fallback: dict[str, Any] | None = None
    data_checks: dict[str, Any] | None = None
    privacy_filters: LstmPrivacyFilters = LstmPrivacyFilters()
    evaluate: Evaluate = Evaluate()


class FineTuneParams(Section, frozen=True):
    """Parameters of a fine-tuned language model."""

    num_input_records_to_sample: Auto | Count = "auto"
    batch_size: Count = 1
    gradient_accumulation_steps: Count = 8
    weight_decay: Share = 0.01
    warmup_ratio: NotNegative = 0.05
    lr_scheduler: Literal["cosine", "linear", "cosine_with_restarts", "polynomial", "constant", "constant_with_warmup"] = "cosine"
    learning_rate: Rate = 5e-4
    lora_r: Count = 32
    lora_alpha_over_r: Annotated[float, Meta(ge=0.5, le=3)] = 1.0
    lora_target_modules: list[Text] = _listed("q_proj", "k_proj", "v_proj", "o_proj")
    use_unsloth: Auto | bool = "auto"
    rope_scaling_factor: Auto | Annotated[int, Meta(ge=1, le=6)] = "auto"
    validation_ratio: ShareBelowOne = 0.0
    validation_steps: Count = 15


class FineTuneGenerate(Section, frozen=True):
    """What and how a language model generates; its sampling keys have no effect on the engine here."""

    used: ClassVar[frozenset[str]] = frozenset({"num_records", "max_invalid"})
    num_records: Rows = 1000
    temperature: Positive = 0.75
    repetition_penalty: Positive = 1.2
    top_p: Probability = 1.0
    stop_params: StopParams | None = None
    use_structured_generation: bool = False
    max_invalid: Natural | None = None


class PrivacyParams(Section, frozen=True):
    """Differential privacy. `dp: true` is kept by the engine of `tabular_dp`, which clips no gradients."""

    used: ClassVar[frozenset[str]] = frozenset({"dp", "epsilon", "delta"})
    dp: bool = False
    epsilon: Annotated[float, Meta(ge=0.1, le=100)] = 8.0
    delta: Auto | Rate = "auto"
    per_sample_max_grad_norm: Positive = 1.0


class FineTune(ModelType, frozen=True):
    """`navigator_ft`, and `tabular_ft` by its later name."""

    used: ClassVar[frozenset[str]] = ModelType.used | {"group_training_examples_by", "order_training_examples_by"}
    group_training_examples_by: Column | list[Column] | None = None
    order_training_examples_by: Column | None = None
    max_sequences_per_example: Auto | Count = "auto"
    data_config: dict[str, Any] | None = None
    pretrained_model: Text | None = None
    params: FineTuneParams = FineTuneParams()
    privacy_params: PrivacyParams = PrivacyParams()
    generate: FineTuneGenerate = FineTuneGenerate()
    evaluate: Evaluate = Evaluate()


class NoopParams(Section, frozen=True):
    """What the bench's own type does: seconds slept, bytes held, the message to fail with."""

    used: ClassVar[frozenset[str]] = frozenset({"sleep_s", "memory_bytes", "fail"})
    sleep_s: NotNegative = 0.0
    memory_bytes: Annotated[int, Meta(ge=0, le=2**50)] = 0
    fail: str | None = None


class Noop(ModelType, frozen=True):
    """`noop` and `noop_tabular` (forked where the numeric libraries are loaded): accepted only where a server was told to."""

    params: NoopParams = NoopParams()
