package org.dlora.app;

import static java.time.temporal.ChronoUnit.SECONDS;

import jakarta.validation.Valid;
import jakarta.validation.constraints.DecimalMax;
import jakarta.validation.constraints.DecimalMin;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.dlora.adapter.ContentMemo;
import org.dlora.adapter.MergeFidelity;
import org.dlora.cluster.Catalogue;
import org.dlora.device.KvLayout;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.model.WeightPrecision;
import org.dlora.model.cache.WeightsCache;
import org.dlora.replica.MergeSettings;
import org.dlora.replica.SchedulingSettings;
import org.dlora.scheduling.MergeRules;
import org.dlora.scheduling.PolicyKind;
import org.dlora.scheduling.PolicySettings;
import org.dlora.scheduling.ServiceWeights;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.StepLimits;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.bind.Name;
import org.springframework.boot.convert.DurationUnit;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * The settings {@code dlora.*}; {@code application.yml} explains each. A time without a unit is in
 * seconds.
 *
 * @param model folder of the base model in the Hugging Face layout; empty = the bundled demo model
 * @param servedName what clients call the base model; empty = the folder's name
 * @param adapters where adapters come from
 * @param replicas copies of the model that serve side by side; none = one that uses all cores
 * @param memory bytes that KV caches, adapters and merged weights may take together; {@code auto} =
 *     what the machine has left
 * @param kvCache memory for keys and values, for each replica
 * @param prefixCache whether a prompt that begins as an earlier one did reuses its keys and values
 * @param dtype in which dtype weights are kept
 * @param weightsCache where packed weights are kept from one start to the next: {@code auto},
 *     {@code off} or a folder
 * @param weightsCacheSize bytes that they may take; those not used for longest are removed
 * @param generationConfig whether {@code generation_config.json} gives the sampling defaults
 * @param maxBatch sequences of a step at most, for each replica; no more than {@code
 *     maxBatchTokens}
 * @param maxBatchTokens token rows of a step at most; a longer prompt takes several steps
 * @param maxQueue requests that may wait, over all replicas; more are refused with 429
 * @param maxModelLen tokens of prompt and answer together; 0 = what the model allows and the KV
 *     cache holds
 * @param policy of each replica, which selects the rows of a step and the adapter to merge
 * @param slo times that clients are promised
 * @param merge which adapters are merged into the weights, and how
 * @param shares weights of the service that models get
 * @param allowExact whether requests may refuse merged weights ({@code dlora_exact})
 * @param cpu settings of the CPU device
 * @param http settings of the HTTP interface
 * @param metrics settings of the metrics
 * @param allowOpenNetwork whether the server may listen on an address that other hosts reach
 */
@Validated
@ConfigurationProperties(prefix = "dlora", ignoreUnknownFields = false)
record DloraProperties(
        @Nullable String model,
        @Nullable String servedName,
        @DefaultValue @Valid Adapters adapters,
        @DefaultValue List<@Valid ReplicaProperties> replicas,
        @DefaultValue("auto") String memory,
        @DefaultValue @Valid KvCacheProperties kvCache,
        @DefaultValue("true") boolean prefixCache,
        @DefaultValue("auto") WeightPrecision dtype,
        @DefaultValue("auto") String weightsCache,
        @DefaultValue("20GB") DataSize weightsCacheSize,
        @DefaultValue("auto") GenerationConfigUse generationConfig,
        @DefaultValue("64") @Min(1) @Max(4096) int maxBatch,
        @DefaultValue("512") @Min(1) @Max(65536) int maxBatchTokens,
        @DefaultValue("1024") @Min(1) int maxQueue,
        @DefaultValue("0") @Min(0) int maxModelLen,
        @DefaultValue("unmerged") PolicyKind policy,
        @DefaultValue @Valid Slo slo,
        @DefaultValue @Valid Merge merge,
        @DefaultValue List<@Valid Share> shares,
        @DefaultValue("true") boolean allowExact,
        @DefaultValue @Valid Cpu cpu,
        @DefaultValue @Valid Http http,
        @DefaultValue @Valid Metrics metrics,
        @DefaultValue("false") boolean allowOpenNetwork) {

    DloraProperties {
        // Values outside their limits are refused with them, after this.
        if (maxBatchTokens > 0 && maxBatch > maxBatchTokens) {
            throw new StartException(
                    "dlora.max-batch is %d, but dlora.max-batch-tokens is %d: each sequence of a step needs a row of it. Set dlora.max-batch to at most dlora.max-batch-tokens."
                            .formatted(maxBatch, maxBatchTokens));
        }
        var _ = memoryBytes(memory);
    }

    /**
     * The sources of adapters.
     *
     * @param roots folders; each sub-folder is an adapter of the sub-folder's name. Empty = those
     *     of the demo if the demo model is served
     * @param runtimeUpdates whether clients may load and unload adapters; auto = unless the network
     *     is open
     * @param load when adapters are loaded into memory
     * @param pinned names of adapters that are never evicted
     * @param loadRate bytes a second that loads move while requests run; 0 = so that these keep
     *     most of their pace
     */
    record Adapters(
            @DefaultValue List<String> roots,
            @DefaultValue("auto") RuntimeUpdates runtimeUpdates,
            @DefaultValue("on-demand") AdapterLoading load,
            @DefaultValue List<String> pinned,
            @DefaultValue("0") DataSize loadRate) {
        // Not bound as Path: Spring would look for a relative one on the class path first.
        List<Path> folders() {
            return roots.stream().map(Path::of).toList();
        }
    }

    /**
     * One replica.
     *
     * @param device the device that it computes on
     * @param threads CPU threads; 0 = its share of the cores
     * @param memory bytes of a memory of its own, for its KV cache, merged weights and adapters; 0
     *     = it shares the memory of the others
     */
    record ReplicaProperties(
            @DefaultValue("cpu") DeviceKind device,
            @DefaultValue("0") @Min(0) @Max(1024) int threads,
            @DefaultValue("0") DataSize memory) {
        boolean hasOwnMemory() {
            return memory.toBytes() > 0;
        }
    }

    /**
     * The KV cache of each replica.
     *
     * @param size bytes, off the heap, that it keeps whatever adapters need; 0 = what {@code
     *     max-batch} sequences of full length need, at most 1 GB, a quarter of the memory, and what
     *     weights and heap leave. Adapters may take of that, down to one sequence of full length
     * @param dtype dtype of keys and values
     */
    record KvCacheProperties(
            @DefaultValue("0") DataSize size, @DefaultValue("auto") KvPrecision dtype) {}

    /**
     * The promised times. A step has no more prefill rows than they allow.
     *
     * @param ttft from arrival to the first token; 0 = nothing
     * @param tpot between two tokens of a stream; 0 = nothing
     */
    record Slo(
            @DefaultValue("0") @DurationUnit(SECONDS) @DurationMin Duration ttft,
            @DefaultValue("0") @DurationUnit(SECONDS) @DurationMin Duration tpot) {
        SloLimits limits() {
            return new SloLimits(seconds(ttft), seconds(tpot));
        }

        private static double seconds(Duration limit) {
            return limit.isZero() ? Double.POSITIVE_INFINITY : limit.toNanos() / 1e9;
        }
    }

    /**
     * A model's share of the service. A model of weight 2 gets twice the service of one of weight
     * 1.
     *
     * @param model its name
     * @param weight 0.01 to 100
     */
    record Share(
            @DefaultValue("") String model,
            @DefaultValue("1") @DecimalMin("0.01") @DecimalMax("100") double weight) {}

    /**
     * Which adapters a replica merges into its weights, and how.
     *
     * @param minFidelity share of its change that must survive rounding; see {@link
     *     org.dlora.adapter.MergeFidelity}
     * @param maxMixedNoise relative deviation of the logits of others beside it; above it they
     *     never run beside it
     * @param share of its time that it builds merged weights in while requests run
     * @param keep how long copies of weights are kept that are not in use
     */
    record Merge(
            @DefaultValue("" + MIN_FIDELITY) @DecimalMin("0") @DecimalMax("1") double minFidelity,
            @DefaultValue("" + MAX_MIXED_NOISE) @DecimalMin("0") double maxMixedNoise,
            @DefaultValue("0.2")
                    @DecimalMin(value = "0", inclusive = false)
                    @DecimalMax(value = "1", inclusive = false)
                    double share,
            @DefaultValue("30s") @DurationUnit(SECONDS) @DurationMin Duration keep) {
        static final double MIN_FIDELITY = 0.5;
        static final double MAX_MIXED_NOISE = 0.02;

        MergeSettings settings() {
            return new MergeSettings(share, keep.toNanos() / 1e9);
        }

        /** Returns the merge rules of an adapter of this fidelity. */
        MergeRules rules(MergeFidelity fidelity) {
            if (!fidelity.isAtLeast(minFidelity)) {
                return MergeRules.never(
                        "of its change %.2f survives the rounding of merged weights, less than dlora.merge.min-fidelity %s"
                                .formatted(fidelity.survival(), minFidelity));
            }
            return fidelity.mixesWithin(maxMixedNoise)
                    ? MergeRules.FREE
                    : MergeRules.aloneOnly(
                            "the logits of others would deviate by %.3f beside it, more than dlora.merge.max-mixed-noise %s"
                                    .formatted(fidelity.mixedNoise(), maxMixedNoise));
        }
    }

    /**
     * The CPU device.
     *
     * @param nativeKernels kernels in C for bfloat16 weights
     */
    record Cpu(@Name("native") @DefaultValue("auto") CpuDevice.Native nativeKernels) {}

    /**
     * The HTTP interface.
     *
     * @param ping time after which a quiet stream gets a comment
     */
    record Http(
            @DefaultValue("15s") @DurationUnit(SECONDS) @DurationMin(millis = 100) Duration ping) {}

    /**
     * The metrics.
     *
     * @param vllm whether {@code /metrics} has the series that routers read from vLLM
     */
    record Metrics(@DefaultValue("true") boolean vllm) {}

    /** Settings may also say true and false. */
    enum RuntimeUpdates {
        AUTO,
        ON,
        OFF
    }

    /**
     * When adapters are loaded into memory: by the first request that needs one, or at the start.
     */
    enum AdapterLoading {
        ON_DEMAND,
        START
    }

    enum DeviceKind {
        CPU
    }

    /** Dtype of keys and values; {@code AUTO} is what suits the device's arithmetic. */
    enum KvPrecision {
        AUTO,
        FLOAT32,
        BFLOAT16
    }

    enum GenerationConfigUse {
        AUTO,
        IGNORE
    }

    Optional<Path> modelFolder() {
        return Optional.ofNullable(model).filter(folder -> !folder.isBlank()).map(Path::of);
    }

    /** Returns the cache of packed weights; empty if it is off. */
    Optional<WeightsCache> cache() {
        return CacheLocation.of(weightsCache, System::getenv, System.getProperty("user.home"))
                .map(folder -> new WeightsCache(folder, weightsCacheSize.toBytes()));
    }

    /**
     * Returns the memo of what was found out about adapters. The demo's files are new in each
     * process, so nothing is remembered of them.
     */
    ContentMemo contentMemo() {
        return modelFolder()
                .flatMap(_ -> cache())
                .flatMap(kept -> kept.beside("adapters.json"))
                .map(ContentMemo::open)
                .orElseGet(ContentMemo::none);
    }

    Optional<String> name() {
        return Optional.ofNullable(servedName).filter(name -> !name.isBlank());
    }

    /**
     * Returns whether clients may load and unload adapters. There is no login, so an open network
     * forbids it by default.
     */
    boolean allowsRuntimeUpdates() {
        return switch (adapters.runtimeUpdates()) {
            case AUTO -> !allowOpenNetwork;
            case ON -> true;
            case OFF -> false;
        };
    }

    /**
     * Returns the scheduling settings of each replica.
     *
     * @throws StartException if a share names a model that {@code catalogue} has not, or one twice
     */
    SchedulingSettings scheduling(Catalogue catalogue) {
        return new SchedulingSettings(
                PolicySettings.of(policy), slo.limits(), merge.settings(), weights(catalogue));
    }

    private ServiceWeights weights(Catalogue catalogue) {
        var weights = new TreeMap<String, Double>();
        for (var share : shares) {
            boolean isBase = share.model().equals(catalogue.baseName());
            if (!isBase && catalogue.find(share.model()).isEmpty()) {
                throw new StartException(
                        "dlora.shares names '%s', which is not served. Name the base model, '%s', or an adapter below dlora.adapters.roots."
                                .formatted(share.model(), catalogue.baseName()));
            }
            if (weights.put(isBase ? "" : share.model(), share.weight()) != null) {
                throw new StartException("dlora.shares names '%s' twice".formatted(share.model()));
            }
        }
        return new ServiceWeights(weights);
    }

    /**
     * Returns the bytes for KV caches, adapters and merged weights together; empty if that is what
     * the machine has left.
     */
    OptionalLong memoryBytes() {
        return memoryBytes(memory);
    }

    private static OptionalLong memoryBytes(String memory) {
        if (memory.equals("auto")) {
            return OptionalLong.empty();
        }
        try {
            long bytes = DataSize.parse(memory).toBytes();
            if (bytes > 0) {
                return OptionalLong.of(bytes);
            }
        } catch (IllegalArgumentException _) {
            // As if it were not above 0.
        }
        throw new StartException(
                "dlora.memory is '%s': expected auto or an amount above 0, such as 2GB."
                        .formatted(memory));
    }

    /** Returns the limits of a step of each replica. */
    StepLimits stepLimits() {
        return new StepLimits(maxBatch, maxBatchTokens, KvLayout.BLOCK_TOKENS);
    }

    /** The replicas asked for, or one. */
    List<ReplicaProperties> replicasOrOne() {
        return replicas.isEmpty()
                ? List.of(new ReplicaProperties(DeviceKind.CPU, 0, DataSize.ofBytes(0)))
                : replicas;
    }
}
