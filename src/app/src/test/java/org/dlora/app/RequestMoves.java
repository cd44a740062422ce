package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

/** Administrator who moves running requests to replicas at random. */
final class RequestMoves {
    /** Moved or not; ended, there already, or on its way; no replica; no room for its adapter. */
    private static final Set<Integer> ANSWERS = Set.of(200, 400, 404, 409, 503);

    /** Moves that are tried for each request that begins. */
    private static final int TRIES = 3;

    /** Moves at a time. */
    private static final int AT_ONCE = 3;

    private final RunningServer server;
    private final Random random;
    private final int replicas;
    private final Set<String> running = ConcurrentHashMap.newKeySet();
    private final Semaphore due = new Semaphore(0);
    private volatile boolean isEnded;

    RequestMoves(RunningServer server, int replicas, Random random) {
        this.server = server;
        this.replicas = replicas;
        this.random = random;
    }

    /** Notes that a request runs. */
    void begun(String request) {
        running.add(request);
        due.release(TRIES);
    }

    void ended(String request) {
        running.remove(request);
    }

    /** Ends {@link #run}. */
    void end() {
        isEnded = true;
        due.release(AT_ONCE);
    }

    /** Moves requests until the end. */
    Void run() throws Exception {
        try (var threads = Executors.newFixedThreadPool(AT_ONCE)) {
            Callable<Void> mover = this::moveAll;
            for (var one : threads.invokeAll(Collections.nCopies(AT_ONCE, mover))) {
                one.get();
            }
            return null;
        }
    }

    private Void moveAll() throws Exception {
        while (true) {
            due.acquire();
            if (isEnded) {
                return null;
            }
            move();
        }
    }

    private void move() throws Exception {
        List<String> some = new ArrayList<>(running);
        if (some.isEmpty()) {
            return;
        }
        var order = Example.JSON.createObjectNode();
        order.put("request", some.get(random.nextInt(some.size())));
        order.put("to", String.valueOf(random.nextInt(replicas)));
        order.put("kv", random.nextInt(3) == 0 ? "recompute" : "send");
        var answer = server.post("/admin/migrations", order.toString());
        assertThat(answer.statusCode()).as(answer.body()).isIn(ANSWERS);
    }
}
