package org.dlora.app;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.MINUTES;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.dlora.device.FaultyDevice;
import org.jspecify.annotations.Nullable;

/**
 * Troubles of the replicas of a {@link RunningServer}, one after another in a random order: they
 * are killed, hang, run out of memory, are restarted, drained and resumed, and adapters move
 * between them. One sound replica at least is left alone, so that requests have somewhere to go.
 */
final class ReplicaTroubles implements AutoCloseable {
    /** Failures in a row that end a replica. */
    private static final int FAILURES = 8;

    private static final Set<Integer> ORDERED = Set.of(200, 400, 404, 409, 503);

    private final AdapterCalls calls;
    private final FaultyDevice device;
    private final Random random;
    private final List<Kind> deck = new ArrayList<>();

    /** Whether the replica has got over its last trouble. */
    private final Map<String, BooleanSupplier> over = new HashMap<>();

    private final List<Gate> gates = new ArrayList<>();

    private final Map<String, Future<@Nullable Void>> restarts = new HashMap<>();
    private final List<Future<@Nullable Void>> orders = new ArrayList<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    /** What happens to replicas and adapters. */
    private enum Kind {
        KILL,
        FAIL_STEPS,
        HANG,
        LACK_MEMORY,
        RESTART,
        DRAIN,
        RESUME,
        MOVE_ADAPTER,
        COPY_ADAPTER,
        EVICT_ADAPTER
    }

    /**
     * A gate before which a thread hangs.
     *
     * @param isNoticed whether its replica has been fenced
     */
    private record Gate(CountDownLatch latch, BooleanSupplier isNoticed) {}

    ReplicaTroubles(AdapterCalls calls, FaultyDevice device, Random random) {
        this.calls = calls;
        this.device = device;
        this.random = random;
    }

    /**
     * Makes the next trouble.
     *
     * @param goOn lets another request begin, as without steps no replica meets its fault; false if
     *     none is left
     */
    void next(BooleanSupplier goOn) throws Exception {
        if (deck.isEmpty()) {
            deck.addAll(Arrays.asList(Kind.values()));
            Collections.shuffle(deck, random);
        }
        var adapter = SoakRequests.ADAPTERS.get(random.nextInt(SoakRequests.ADAPTERS.size()));
        switch (deck.removeLast()) {
            case KILL -> with(victim(goOn), this::kill);
            case FAIL_STEPS -> with(victim(goOn), this::failSteps);
            case HANG -> with(victim(goOn), this::hang);
            case LACK_MEMORY -> with(victim(goOn), this::lackMemory);
            case RESTART -> with(victim(goOn), this::fail);
            case DRAIN -> with(victim(goOn), replica -> change(replica, "drain"));
            case RESUME -> resumeAll();
            case MOVE_ADAPTER -> moveAdapter(adapter, "move");
            case COPY_ADAPTER -> moveAdapter(adapter, "copy");
            case EVICT_ADAPTER -> evict(adapter);
        }
        if (random.nextBoolean()) {
            openNoticed();
        }
    }

    /** A trouble of one replica. */
    @FunctionalInterface
    private interface Trouble {
        void begin(String replica) throws Exception;
    }

    private static void with(Optional<String> victim, Trouble trouble) throws Exception {
        if (victim.isPresent()) {
            trouble.begin(victim.get());
        }
    }

    /**
     * Waits until two replicas are sound, and returns one of these.
     *
     * @return empty if no request is left
     */
    private Optional<String> victim(BooleanSupplier goOn) {
        var sound = new AtomicReference<List<String>>(List.of());
        var isEnded = new AtomicBoolean();
        await().pollDelay(0, MILLISECONDS)
                .pollInterval(50, MILLISECONDS)
                .atMost(2, MINUTES)
                .until(() -> {
                    sound.set(sound());
                    if (sound.get().size() < 2) {
                        isEnded.set(!goOn.getAsBoolean());
                        recover();
                    }
                    return sound.get().size() >= 2 || isEnded.get();
                });
        return isEnded.get()
                ? Optional.empty()
                : Optional.of(sound.get().get(random.nextInt(sound.get().size())));
    }

    private void recover() throws Exception {
        openNoticed();
        resumeAll();
        for (var replica : states().entrySet()) {
            if (replica.getValue().equals("restarting")) {
                restart(replica.getKey()); // Without the rest of the pause.
            }
        }
    }

    /** Ends all troubles, and waits until all replicas serve and all orders are answered. */
    void end() throws Exception {
        states().keySet().forEach(device::heal);
        openGates();
        over.clear();
        await().pollInterval(200, MILLISECONDS)
                .atMost(2, MINUTES)
                .until(() -> {
                    recover();
                    return sound().size() == states().size();
                });
        for (var order : orders) {
            order.get(1, MINUTES);
        }
    }

    private List<String> sound() throws Exception {
        var serving =
                states().entrySet().stream()
                        .filter(replica -> replica.getValue().equals("serving"))
                        .map(Map.Entry::getKey)
                        .filter(id -> over.getOrDefault(id, () -> true).getAsBoolean())
                        .sorted()
                        .toList();
        over.keySet().removeAll(serving);
        return serving;
    }

    private Map<String, String> states() throws Exception {
        return Example.JSON
                .readTree(calls.server().get("/admin/replicas").body())
                .get("replicas")
                .valueStream()
                .collect(
                        toMap(one -> one.get("id").asString(), one -> one.get("state").asString()));
    }

    /** Returns whether the replica will have been fenced once more. */
    private BooleanSupplier fencedAgain(String replica) {
        double before = fenced(replica);
        return () -> fenced(replica) > before;
    }

    private double fenced(String replica) {
        try {
            return calls.metric("dlora_replica_fenced_total", "replica=\"%s\"".formatted(replica));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Lets the replica's thread end: it fails in a step, and is interrupted. */
    private void kill(String replica) {
        var lives = new AtomicBoolean(true);
        over.put(replica, fencedAgain(replica));
        device.fault(
                replica,
                () -> {
                    if (lives.getAndSet(false)) {
                        Thread.currentThread().interrupt();
                        throw new PlannedException();
                    }
                });
    }

    /** Lets steps of the replica fail, as many as end it if they come in a row. */
    private void failSteps(String replica) {
        var left = new AtomicInteger(FAILURES);
        var isFenced = fencedAgain(replica);
        over.put(replica, () -> left.get() <= 0 || isFenced.getAsBoolean());
        device.fault(
                replica,
                () -> {
                    if (left.getAndDecrement() > 0) {
                        throw new PlannedException();
                    }
                });
    }

    /** Lets one step of the replica hang until a gate is opened. */
    private void hang(String replica) {
        var isOver = fencedAgain(replica);
        var gate = new Gate(new CountDownLatch(1), isOver);
        var hangs = new AtomicBoolean(true);
        gates.add(gate);
        over.put(replica, isOver);
        device.fault(
                replica,
                () -> {
                    if (hangs.getAndSet(false)) {
                        pass(gate.latch);
                    }
                });
    }

    private static void pass(CountDownLatch gate) {
        try {
            gate.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Lets threads go that the watchdog has noticed. */
    private void openNoticed() {
        var noticed = gates.stream().filter(gate -> gate.isNoticed.getAsBoolean()).toList();
        noticed.forEach(gate -> gate.latch.countDown());
        gates.removeAll(noticed);
    }

    private void openGates() {
        gates.forEach(gate -> gate.latch.countDown());
        gates.clear();
    }

    /** Lets one step of the replica fail for want of memory. */
    private void lackMemory(String replica) {
        var lacks = new AtomicBoolean(true);
        over.put(replica, () -> !lacks.get());
        device.fault(
                replica,
                () -> {
                    if (lacks.getAndSet(false)) {
                        throw new PlannedError();
                    }
                });
    }

    private void change(String replica, String action) throws Exception {
        var answer = calls.server().post("/admin/replicas/%s/%s".formatted(replica, action), "{}");
        assertThat(answer.statusCode()).as(answer.body()).isIn(200, 409);
    }

    private void resumeAll() throws Exception {
        for (var replica : states().entrySet()) {
            if (replica.getValue().startsWith("drain")) {
                change(replica.getKey(), "resume");
            }
        }
    }

    private void fail(String replica) {
        over.put(replica, fencedAgain(replica));
        restart(replica);
    }

    private void restart(String replica) {
        restarts.compute(
                replica,
                (_, last) ->
                        last == null || last.isDone()
                                ? order("/admin/replicas/%s/restart".formatted(replica), "{}")
                                : last);
    }

    private void moveAdapter(String adapter, String mode) throws Exception {
        var replicas = List.copyOf(states().keySet());
        var order = Example.JSON.createObjectNode();
        order.put("adapter", adapter).put("mode", mode);
        order.put("to", replicas.get(random.nextInt(replicas.size())));
        var _ = order("/admin/migrations", order.toString());
    }

    private void evict(String adapter) {
        var _ = order("/admin/adapters/%s/evict".formatted(adapter), "{}");
    }

    /** Gives an order, which is answered when it has been carried out. */
    private Future<@Nullable Void> order(String path, String body) {
        Callable<@Nullable Void> call =
                () -> {
                    var answer = calls.server().post(path, body);
                    assertThat(answer.statusCode()).as(answer.body()).isIn(ORDERED);
                    return null;
                };
        var order = threads.submit(call);
        orders.add(order);
        return order;
    }

    /** Lets all threads go, so that the server can be closed. */
    @Override
    public void close() {
        openGates();
        threads.shutdown();
    }

    /** Failure of a step without a stack in the log. */
    private static final class PlannedException extends RuntimeException {
        private static final long serialVersionUID = 1;

        PlannedException() {
            super("as a test has it", null, false, false);
        }
    }

    /** Lack of memory without a stack in the log. */
    private static final class PlannedError extends OutOfMemoryError {
        private static final long serialVersionUID = 1;

        @Override
        public Throwable fillInStackTrace() {
            return this;
        }
    }
}
