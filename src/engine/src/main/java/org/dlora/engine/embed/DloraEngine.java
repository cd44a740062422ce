package org.dlora.engine.embed;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import org.dlora.adapter.AdapterLoader;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.device.Device;
import org.dlora.device.KvLayout;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.engine.Replica;
import org.dlora.engine.ReplicaSettings;
import org.dlora.engine.SchedulingReport;
import org.dlora.engine.merging.CopyMemory;
import org.dlora.engine.merging.MergePermits;
import org.dlora.engine.meters.ReplicaMetrics;
import org.dlora.engine.opening.BaseWeights;
import org.dlora.engine.opening.Closing;
import org.dlora.engine.opening.DeviceName;
import org.dlora.engine.opening.LocalDevices;
import org.dlora.engine.opening.ReplicaIncarnations;
import org.dlora.engine.opening.StartException;
import org.dlora.model.AdapterFormat;
import org.dlora.model.BaseModel;
import org.dlora.model.DecoderSpec;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StopConditions;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.StepLimits;
import org.dlora.tensor.DType;

/**
 * A base model with its adapters in this process. One replica answers all conversations in common
 * batches, whichever adapters they name. Weights are never merged, so on a CPU an answer has the
 * same bits alone and in any batch. Thread-safe.
 */
public final class DloraEngine implements AutoCloseable {
    /** Most bytes of a KV cache whose size is not given. */
    private static final long KV_LIMIT = 1L << 30;

    private final Closing closing;
    private final EngineOptions options;
    private final BaseModel model;
    private final Device device;
    private final ReplicaSettings settings;
    private final Replica replica;
    private final Map<String, Loaded> adapters = new ConcurrentHashMap<>();
    private final AtomicLong numbers = new AtomicLong();

    /** Prompts are made under the read lock, so that nobody frees the tokenizer meanwhile. */
    private final ReadWriteLock use = new ReentrantReadWriteLock();

    /** Written under the write lock of {@link #use}. */
    private volatile boolean isClosed;

    /**
     * An adapter in memory.
     *
     * @param id the replica's name of this load
     */
    private record Loaded(String id, AdapterWeights weights, AdapterFormat format) {}

    private DloraEngine(Path folder, EngineOptions options, Closing closing) {
        this.closing = closing;
        this.options = options;
        model = closing.later(BaseModel.open(folder));
        var name = DeviceName.of("The device of an engine", options.device());
        device = closing.later(new LocalDevices().open(name, CpuDevice.Native.AUTO));
        int length = length(model.spec(), options);
        var clock = Clock.systemUTC();
        var weights =
                new BaseWeights(model, options.precision(), Optional.empty(), clock, closing)
                        .pack(device, length, true);
        settings = settings(model.spec(), options, device.kvDtype(weights.dtype()), length);
        closing.later((AutoCloseable) () -> adapters.values().forEach(one -> one.weights.close()));
        replica =
                closing.later(
                        new ReplicaIncarnations(
                                        settings,
                                        model,
                                        weights,
                                        device,
                                        options.threads(),
                                        MergePermits.ALL,
                                        new ReplicaMetrics(
                                                new SimpleMeterRegistry(), settings.id()),
                                        (_, limit) -> CopyMemory.upTo(limit))
                                .start(OptionalInt.empty(), SchedulingSettings.DEFAULT));
    }

    /** Opens a base model on the CPU, without adapters. */
    public static DloraEngine open(Path model) {
        return open(model, EngineOptions.DEFAULT);
    }

    /**
     * Opens a model and the adapters of the options. All or nothing.
     *
     * @param model folder in the Hugging Face layout
     * @throws org.dlora.tensor.LoadException if the model or an adapter cannot be served
     * @throws StartException if the options do not fit the model or the machine
     */
    public static DloraEngine open(Path model, EngineOptions options) {
        var closing = new Closing();
        try {
            var engine = new DloraEngine(model, options, closing);
            engine.replica.warmUp(closing::goOn);
            options.adapters().forEach(engine::load);
            return engine;
        } catch (RuntimeException | Error e) {
            closing.close();
            throw e;
        }
    }

    private static int length(DecoderSpec spec, EngineOptions options) {
        int asked = options.maxModelLength();
        if (asked < 0 || asked == 1 || asked > spec.maxPositions()) {
            throw new StartException(
                    "The maximum model length is %d: expected 2 to %d, the model's max_position_embeddings, or 0 for that."
                            .formatted(asked, spec.maxPositions()));
        }
        return asked == 0 ? spec.maxPositions() : asked;
    }

    private static ReplicaSettings settings(
            DecoderSpec spec, EngineOptions options, DType kvType, int length) {
        var limits =
                new StepLimits(options.maxBatch(), options.maxBatchTokens(), KvLayout.BLOCK_TOKENS);
        var layout = new KvLayout(spec.layers(), spec.kvHeads(), spec.headDim(), 1, kvType);
        long full = (long) options.maxBatch() * KvLayout.blocksFor(length);
        long blocks =
                options.kvCacheBytes() == 0
                        ? Math.min(full, Math.max(1, KV_LIMIT / layout.bytesPerBlock()))
                        : options.kvCacheBytes() / layout.bytesPerBlock();
        long most = Integer.MAX_VALUE / KvLayout.BLOCK_TOKENS;
        if (blocks < 1 || blocks > most) {
            throw new StartException(
                    "A KV cache of %d bytes has %d blocks of %d bytes: expected 1 to %d blocks."
                            .formatted(
                                    options.kvCacheBytes(), blocks, layout.bytesPerBlock(), most));
        }
        return new ReplicaSettings("engine", limits, (int) blocks, kvType, length, true, 0);
    }

    /** Returns the names of the loaded adapters, in alphabetical order. */
    public Set<String> adapters() {
        return new TreeSet<>(adapters.keySet());
    }

    /**
     * Loads an adapter beside running answers.
     *
     * @param folder as PEFT's {@code save_pretrained} writes it
     * @throws org.dlora.tensor.LoadException if it cannot be served
     * @throws IllegalArgumentException if the name is empty, or an adapter of that name is loaded
     */
    public synchronized void load(String name, Path folder) {
        requireOpen();
        if (name.isEmpty()) {
            throw new IllegalArgumentException(
                    "An adapter needs a name; the empty one is that of the base model");
        }
        if (adapters.containsKey(name)) {
            throw new IllegalArgumentException(
                    "Adapter '%s' is loaded already; unload it first".formatted(name));
        }
        try (var adapter = AdapterLoader.load(name, folder, model)) {
            var weights = AdapterWeights.upload(adapter, device, options.precision());
            try {
                var id = "%s@%d".formatted(name, numbers.incrementAndGet());
                replica.load(id, weights).join();
                adapters.put(name, new Loaded(id, weights, adapter.format()));
            } finally {
                if (!adapters.containsKey(name)) {
                    weights.close();
                }
            }
        } catch (CompletionException e) {
            throw new IllegalStateException("Adapter '%s' was not loaded".formatted(name), e);
        }
    }

    /**
     * Unloads an adapter, and frees its memory once its running answers have ended.
     *
     * @throws IllegalArgumentException if no adapter of that name is loaded
     */
    public synchronized void unload(String name) {
        requireOpen();
        var adapter = find(name);
        adapters.remove(name);
        replica.unload(adapter.id).join();
        adapter.weights.close();
    }

    /**
     * Returns the answer to one message of a user.
     *
     * @param adapter its name; empty for the base model
     * @throws IllegalArgumentException as {@link #submit}
     * @throws AnswerFailedException if the answer fails
     */
    public EngineAnswer chat(String adapter, String text) {
        return chat(EngineChat.of(adapter, text));
    }

    /** Returns the answer to a conversation; it fails as {@link #chat(String, String)} does. */
    public EngineAnswer chat(EngineChat chat) {
        try {
            return submit(chat, _ -> {}).join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof AnswerFailedException failure ? failure : e;
        }
    }

    /**
     * Begins an answer, beside all others.
     *
     * @param pieces is given the text piece by piece, on the thread that serves all answers, so it
     *     must return soon and wait for nothing of the engine
     * @return the whole answer; {@code cancel}, {@code orTimeout} and the like end the generation
     * @throws IllegalArgumentException if the adapter is not loaded, the model has no chat template
     *     or the conversation is too long
     * @throws org.dlora.template.TemplateException if the chat template refuses the conversation
     * @throws IllegalStateException if the engine is closed
     */
    public CompletableFuture<EngineAnswer> submit(EngineChat chat, Consumer<String> pieces) {
        use.readLock().lock();
        try {
            requireOpen();
            return begin(chat, pieces);
        } finally {
            use.readLock().unlock();
        }
    }

    private CompletableFuture<EngineAnswer> begin(EngineChat chat, Consumer<String> pieces) {
        var adapter = chat.adapter().isEmpty() ? null : find(chat.adapter());
        var format = adapter == null ? AdapterFormat.NONE : adapter.format;
        var prompt = prompt(chat, format);
        int room = Math.max(1, settings.maxSequenceLength() - prompt.length);
        var request =
                new GenerationRequest(
                        "chat-" + numbers.incrementAndGet(),
                        AdapterRef.ofNullable(adapter == null ? null : adapter.id),
                        prompt,
                        new SamplingParams(
                                chat.temperature(), 1, 0, 0, 0, 0, 1, Map.of(), chat.seed()),
                        new StopConditions(
                                chat.maxTokens().orElse(room),
                                0,
                                false,
                                format.generation().endTokens(),
                                List.of(),
                                false),
                        -1,
                        -1,
                        true);
        var collector = new AnswerCollector(pieces);
        replica.submit(request, collector);
        var answer = collector.answer();
        var _ =
                answer.whenComplete((_, problem) -> {
                    if (problem != null) {
                        replica.cancel(request.id());
                    }
                });
        return answer;
    }

    private Loaded find(String name) {
        return Optional.ofNullable(adapters.get(name))
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "Adapter '%s' is not loaded; loaded are %s"
                                        .formatted(name, adapters())));
    }

    private int[] prompt(EngineChat chat, AdapterFormat format) {
        var text =
                format.chat()
                        .or(model::chat)
                        .orElseThrow(() ->
                                new IllegalArgumentException(
                                        "The model in %s has no chat template"
                                                .formatted(model.folder())))
                        .render(
                                chat.messages(),
                                true,
                                Map.of(),
                                Clock.system(ZoneId.systemDefault()));
        return model.tokenizer().encode(text, false);
    }

    /** Returns the last steps. */
    SchedulingReport steps() {
        return replica.scheduling(Integer.MAX_VALUE);
    }

    private void requireOpen() {
        if (isClosed) {
            throw new IllegalStateException("The engine is closed");
        }
    }

    /**
     * Ends running answers as failed, and frees all memory. A consumer of pieces must not call it.
     */
    @Override
    public void close() {
        use.writeLock().lock();
        try {
            isClosed = true;
        } finally {
            use.writeLock().unlock();
        }
        // Ends the answers for which an unload may wait.
        replica.close();
        synchronized (this) {
            closing.close();
        }
    }
}
