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
    /** Looks at the replicas after which troubles are forgotten: no run waits for ever. */
    private static final int LOOKS = 200;

    /** Body of a restart that is wanted also where no other replica serves. */
    private static final String FORCED = "{\"force\": true}";

    private static final Set<Integer> ORDERED = Set.of(200, 400, 404, 409, 503);

    private final AdapterCalls calls;
    private final ReplicaFaults faults;
    private final Random random;
    private final List<Kind> deck = new ArrayList<>();

    /** Conditions by replica that its last trouble is over. */
    private final Map<String, BooleanSupplier> over = new HashMap<>();

    private final Map<String, Future<@Nullable Void>> restarts = new HashMap<>();
    private final List<Future<@Nullable Void>> orders = new ArrayList<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    /** Trouble of replicas and adapters. */
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

    ReplicaTroubles(AdapterCalls calls, FaultyDevice device, Random random) {
        this.calls = calls;
        faults = new ReplicaFaults(device);
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
            faults.openNoticed();
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
        var looks = new AtomicInteger();
        await().pollDelay(0, MILLISECONDS)
                .pollInterval(50, MILLISECONDS)
                .atMost(2, MINUTES)
                .until(() -> {
                    sound.set(sound());
                    if (sound.get().size() < 2) {
                        isEnded.set(!goOn.getAsBoolean());
                        recover();
                        if (looks.incrementAndGet() % LOOKS == 0) {
                            forget();
                        }
                    }
                    return sound.get().size() >= 2 || isEnded.get();
                });
        return isEnded.get()
                ? Optional.empty()
                : Optional.of(sound.get().get(random.nextInt(sound.get().size())));
    }

    private void recover() throws Exception {
        faults.openNoticed();
        resumeAll();
        for (var replica : states().entrySet()) {
            if (replica.getValue().equals("restarting")) {
                restart(replica.getKey()); // Without the rest of the pause.
            }
        }
    }

    /** Forgets troubles that replicas have not met, or got over unseen. */
    private void forget() throws Exception {
        states().keySet().forEach(faults::heal);
        faults.openAll();
        over.clear();
    }

    /** Ends all troubles, and waits until all replicas serve and all orders are answered. */
    void end() throws Exception {
        forget();
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

    private void kill(String replica) {
        over.put(replica, fencedAgain(replica));
        faults.kill(replica);
    }

    private void failSteps(String replica) {
        var isFenced = fencedAgain(replica);
        var haveFailed = faults.failSteps(replica);
        over.put(replica, () -> haveFailed.getAsBoolean() || isFenced.getAsBoolean());
    }

    private void hang(String replica) {
        var isFenced = fencedAgain(replica);
        over.put(replica, isFenced);
        faults.hang(replica, isFenced);
    }

    private void lackMemory(String replica) {
        over.put(replica, faults.lackMemory(replica));
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
        restarts.put(replica, order("/admin/replicas/%s/restart".formatted(replica), FORCED));
    }

    private void restart(String replica) {
        restarts.compute(
                replica,
                (_, last) ->
                        last == null || last.isDone()
                                ? order("/admin/replicas/%s/restart".formatted(replica), FORCED)
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
        faults.openAll();
        threads.shutdown();
    }
}
