package org.dlora.app.settings;

import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.dlora.adapter.ContentMemo;
import org.dlora.adapter.weights.PackedAdapters;
import org.dlora.api.openai.call.CallSettings;
import org.dlora.api.openai.call.PrefixSharing;
import org.dlora.api.openai.chat.ReasoningParserSetting;
import org.dlora.api.openai.chat.ToolParserSetting;
import org.dlora.catalogue.served.Catalogue;
import org.dlora.catalogue.source.fetch.SourceException;
import org.dlora.catalogue.source.hub.HubReference;
import org.dlora.catalogue.versions.CatalogueContent;
import org.dlora.cluster.requests.QueueLimits;
import org.dlora.device.KvLayout;
import org.dlora.engine.opening.CacheLocation;
import org.dlora.engine.opening.DeviceName;
import org.dlora.engine.opening.StartException;
import org.dlora.engine.opening.UserHome;
import org.dlora.model.cache.WeightsCache;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.replica.SchedulingSettings;
import org.dlora.scheduling.ServiceWeights;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.policy.PolicyKind;
import org.dlora.scheduling.policy.PolicySettings;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * The settings {@code dlora.*}; {@code application.yml} explains each. A time without a unit is in
 * seconds.
 *
 * @param model folder of the base model in the Hugging Face layout, or {@code hf:org/name}; empty =
 *     the bundled demo model
 * @param servedName name of the base model for clients; empty = the name of the folder or
 *     repository
 * @param adapters where adapters come from
 * @param replicas copies of the model that serve side by side; none = one that uses all cores, or
 *     two for the bare demo
 * @param memory bytes that KV caches, adapters and merged weights may take together; {@code auto} =
 *     what the machine has left
 * @param kvCache memory for keys and values, for each replica
 * @param prefixCache whether a prompt that begins as an earlier one did reuses its keys and values
 * @param prefixCacheShared which calls reuse keys and values of one another
 * @param dtype in which dtype weights are kept
 * @param weightsCache where packed weights are kept from one start to the next: {@code auto},
 *     {@code off} or a folder
 * @param weightsCacheSize bytes that they may take; those not used for longest are removed
 * @param generationConfig whether {@code generation_config.json} gives the sampling defaults
 * @param maxBatch sequences of a step at most, for each replica; no more than {@code
 *     maxBatchTokens}
 * @param maxBatchTokens token rows of a step at most; a longer prompt takes several steps
 * @param maxQueue requests that may wait, over all replicas; more are refused with 429
 * @param maxQueueBytes bytes of the heap that waiting requests may hold; 0 = an eighth of the heap
 * @param maxMaskWork nodes of the vocabulary's trie that a step may visit for masks of constraints
 * @param maxModelLen tokens of prompt and answer together; 0 = what the model allows and the KV
 *     cache holds
 * @param policy of each replica, which selects the rows of a step and the adapter to merge
 * @param slo times that clients are promised
 * @param merge which adapters are merged into the weights, and how
 * @param shares weights of the service that models get
 * @param dispatch how the replica of a request is chosen
 * @param placement whether adapters are copied to memories ahead of requests
 * @param rebalance when requests and adapters move between replicas
 * @param allowExact whether requests may refuse merged weights ({@code dlora_exact})
 * @param toolParser in which format tool calls are read from chats
 * @param reasoningParser whether reasoning is parted from the content of chats
 * @param answers contents of answers that need no request, and limits of what may be requested
 * @param watchdog when a replica counts as hung
 * @param cpu settings of the CPU device
 * @param http settings of the HTTP interface
 * @param responses how many responses are kept in memory
 * @param metrics settings of the metrics
 * @param home folder of what lasts; empty = {@code dlora} in the user's folder for data
 * @param store where catalogue and history are kept
 * @param history records of requests and changes
 * @param webhooks URLs that changes are sent to
 * @param security access to the server
 * @param limits of keys and teams
 * @param console sign-ins at the console
 * @param allowOpenNetwork whether the server may listen on an address that other hosts reach
 */
@Validated
@ConfigurationProperties(prefix = "dlora", ignoreUnknownFields = false)
public record DloraProperties(
        @Nullable String model,
        @Nullable String servedName,
        @DefaultValue @Valid @NestedConfigurationProperty AdapterProperties adapters,
        @DefaultValue List<@Valid ReplicaProperties> replicas,
        @DefaultValue("auto") String memory,
        @DefaultValue @Valid @NestedConfigurationProperty KvCacheProperties kvCache,
        @DefaultValue("true") boolean prefixCache,
        @DefaultValue("team") PrefixSharing prefixCacheShared,
        @DefaultValue("auto") WeightPrecision dtype,
        @DefaultValue("auto") String weightsCache,
        @DefaultValue("20GB") DataSize weightsCacheSize,
        @DefaultValue("auto") GenerationConfigUse generationConfig,
        @DefaultValue("64") @Min(1) @Max(4096) int maxBatch,
        @DefaultValue("512") @Min(1) @Max(65536) int maxBatchTokens,
        @DefaultValue("1024") @Min(1) int maxQueue,
        @DefaultValue("0") DataSize maxQueueBytes,
        @DefaultValue("1000000") @Min(1) long maxMaskWork,
        @DefaultValue("0") @Min(0) int maxModelLen,
        @DefaultValue("unmerged") PolicyKind policy,
        @DefaultValue @Valid @NestedConfigurationProperty SloProperties slo,
        @DefaultValue @Valid @NestedConfigurationProperty MergeProperties merge,
        @DefaultValue List<@Valid ShareProperties> shares,
        @DefaultValue @Valid @NestedConfigurationProperty DispatchProperties dispatch,
        @DefaultValue @Valid @NestedConfigurationProperty PlacementProperties placement,
        @DefaultValue @Valid @NestedConfigurationProperty RebalanceProperties rebalance,
        @DefaultValue("true") boolean allowExact,
        @DefaultValue("auto") ToolParserSetting toolParser,
        @DefaultValue("auto") ReasoningParserSetting reasoningParser,
        @DefaultValue @Valid @NestedConfigurationProperty AnswerProperties answers,
        @DefaultValue @Valid @NestedConfigurationProperty WatchdogProperties watchdog,
        @DefaultValue @Valid @NestedConfigurationProperty CpuProperties cpu,
        @DefaultValue @Valid @NestedConfigurationProperty HttpProperties http,
        @DefaultValue @Valid @NestedConfigurationProperty ResponsesProperties responses,
        @DefaultValue @Valid @NestedConfigurationProperty MetricsProperties metrics,
        @Nullable String home,
        @DefaultValue("auto") StoreKind store,
        @DefaultValue @Valid @NestedConfigurationProperty HistoryProperties history,
        @DefaultValue List<@Valid WebhookProperties> webhooks,
        @DefaultValue @Valid @NestedConfigurationProperty SecurityProperties security,
        @DefaultValue @Valid @NestedConfigurationProperty LimitProperties limits,
        @DefaultValue @Valid @NestedConfigurationProperty ConsoleProperties console,
        @DefaultValue("false") boolean allowOpenNetwork) {

    public DloraProperties {
        // Values outside their limits are refused with them, after this.
        if (maxBatchTokens > 0 && maxBatch > maxBatchTokens) {
            throw new StartException(
                    "dlora.max-batch is %d, but dlora.max-batch-tokens is %d: each sequence of a step needs a row of it. Set dlora.max-batch to at most dlora.max-batch-tokens."
                            .formatted(maxBatch, maxBatchTokens));
        }
        if (maxQueueBytes.isNegative()) {
            throw new StartException(
                    "dlora.max-queue-bytes is %s: expected a size such as 64MB, or 0 for an eighth of the heap."
                            .formatted(maxQueueBytes));
        }
        var _ = memoryBytes(memory);
    }

    /** Returns the bounds of waiting requests. */
    public QueueLimits queue() {
        long bytes = maxQueueBytes.toBytes();
        return bytes == 0 ? QueueLimits.of(maxQueue) : new QueueLimits(maxQueue, bytes);
    }

    /** Returns the limits and defaults of calls. */
    public CallSettings callSettings() {
        return new CallSettings(
                allowExact,
                answers.usage(),
                answers.tokensAsIds(),
                answers.timings(),
                answers.maxLogprobs(),
                prefixCacheShared,
                prefixCache);
    }

    public boolean isDemo() {
        return model == null || model.isBlank();
    }

    /** Returns the folder of the base model; empty for the demo and for a model on the hub. */
    public Optional<Path> modelFolder() {
        return given().filter(text -> !HubReference.isOne(text)).map(Path::of);
    }

    /**
     * Returns the base model on the hub; empty for any other.
     *
     * @throws StartException if it is malformed
     */
    public Optional<HubReference> hubModel() {
        try {
            return given().filter(HubReference::isOne).map(HubReference::parse);
        } catch (SourceException e) {
            throw new StartException("dlora.model: " + e.getMessage() + ".");
        }
    }

    private Optional<String> given() {
        return Optional.ofNullable(model).filter(text -> !text.isBlank());
    }

    /** Returns the cache of packed weights; empty if it is off. */
    public Optional<WeightsCache> cache() {
        return CacheLocation.of(weightsCache, System::getenv, UserHome.folder())
                .map(folder -> new WeightsCache(folder, weightsCacheSize.toBytes()));
    }

    /**
     * Returns the memo of what was found out about adapters. The demo's files are new in each
     * process, so nothing is remembered of them.
     */
    public ContentMemo contentMemo() {
        return given().flatMap(_ -> cache())
                .flatMap(kept -> kept.beside("adapters.json"))
                .map(ContentMemo::open)
                .orElseGet(ContentMemo::none);
    }

    /**
     * Returns the files of packed adapters, which lie beside the packed weights. The demo's are not
     * kept.
     */
    public PackedAdapters packedAdapters() {
        long limit = adapters.packedSize().toBytes();
        return given().filter(_ -> limit > 0)
                .flatMap(_ -> cache())
                .flatMap(kept -> kept.beside("adapters"))
                .map(folder -> PackedAdapters.in(folder, limit))
                .orElseGet(PackedAdapters::none);
    }

    /** Returns the folder of what lasts. */
    public Path homeFolder() {
        return HomeLocation.of(home, System::getenv, UserHome.folder());
    }

    public Optional<String> name() {
        return Optional.ofNullable(servedName).filter(name -> !name.isBlank());
    }

    /**
     * Returns whether clients may load and unload adapters. An open network, where no key is
     * needed, forbids it by default.
     */
    public boolean allowsRuntimeUpdates() {
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
    public SchedulingSettings scheduling(Catalogue catalogue) {
        return scheduling(catalogue, Optional.of(CatalogueContent.EMPTY));
    }

    /**
     * Returns the scheduling settings, with the shares that the store has where these say nothing.
     *
     * @param kept content of the store; empty if that is not known yet, so that an adapter of a
     *     share may follow
     * @throws StartException as {@link #scheduling(Catalogue)}
     */
    public SchedulingSettings scheduling(Catalogue catalogue, Optional<CatalogueContent> kept) {
        var known = new ServiceWeights(kept.map(CatalogueContent::shares).orElse(Map.of()));
        return new SchedulingSettings(
                PolicySettings.of(policy),
                slo.limits(),
                merge.settings(),
                known.with(weights(catalogue, kept.isPresent())));
    }

    private Map<String, Double> weights(Catalogue catalogue, boolean isComplete) {
        var weights = new TreeMap<String, Double>();
        for (var share : shares) {
            boolean isBase = share.model().equals(catalogue.baseName());
            if (!isBase && isComplete && catalogue.find(share.model()).isEmpty()) {
                throw new StartException(
                        "dlora.shares names '%s', which is not served. Name the base model, '%s', or an adapter below dlora.adapters.roots."
                                .formatted(share.model(), catalogue.baseName()));
            }
            if (weights.put(isBase ? "" : share.model(), share.weight()) != null) {
                throw new StartException("dlora.shares names '%s' twice".formatted(share.model()));
            }
        }
        return weights;
    }

    /**
     * Returns the bytes for KV caches, adapters and merged weights together; empty if that is what
     * the machine has left.
     */
    public OptionalLong memoryBytes() {
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
    public StepLimits stepLimits() {
        return new StepLimits(maxBatch, maxBatchTokens, KvLayout.BLOCK_TOKENS);
    }

    /**
     * Returns the devices of the replicas, in the order in which they are named.
     *
     * @throws StartException if they name GPUs and the host's processors, or devices that cannot
     *     have their pristine weights in the host's memory
     */
    public List<DeviceName> devices() {
        var names =
                replicasOrDefault().stream().map(ReplicaProperties::deviceName).distinct().toList();
        if (names.size() > 1 && names.stream().anyMatch(name -> name.gpu().isEmpty())) {
            throw new StartException(
                    "dlora.replicas names the devices %s: expected cpu for all replicas, or a GPU for each."
                            .formatted(
                                    names.stream()
                                            .map(DeviceName::toString)
                                            .collect(Collectors.joining(" and "))));
        }
        if (merge.isParked()) {
            requireParking(names);
        }
        return names;
    }

    private void requireParking(List<DeviceName> names) {
        if (names.stream().anyMatch(name -> name.gpu().isEmpty())) {
            throw new StartException(
                    "dlora.merge.pristine is host, but the replicas compute on cpu, whose weights are in the host's memory already. Set it to device, or name a GPU for each replica (dlora.replicas).");
        }
        for (var name : names) {
            long count =
                    replicasOrDefault().stream()
                            .filter(replica -> replica.deviceName().equals(name))
                            .count();
            if (count > 1) {
                throw new StartException(
                        "dlora.merge.pristine is host, but dlora.replicas has %d replicas on %s: merges overwrite the weights of a GPU, so it has one replica. Name each GPU once, or set dlora.merge.pristine to device."
                                .formatted(count, name));
            }
        }
    }

    /**
     * Returns the replicas asked for. If there are none, the demo model has two with a memory each,
     * between which requests and adapters move; other models have one that shares the host's.
     */
    public List<ReplicaProperties> replicasOrDefault() {
        if (!replicas.isEmpty()) {
            return replicas;
        }
        return isBareDemo()
                ? Collections.nCopies(2, ReplicaProperties.ofDemo())
                : List.of(new ReplicaProperties(DeviceName.CPU, 0, DataSize.ofBytes(0)));
    }

    private boolean isBareDemo() {
        return isDemo() && memoryBytes().isEmpty() && kvCache.size().toBytes() == 0;
    }
}
