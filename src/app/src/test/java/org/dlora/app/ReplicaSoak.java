package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;

/** Streamed requests beside {@link ReplicaTroubles} and {@link RequestMoves}. */
final class ReplicaSoak {
    private static final String CHAT = "/v1/chat/completions";
    private static final int IN_FLIGHT = 24;

    /** Requests from one trouble to the next. */
    private static final int PAUSE = 15;

    /** One in this number of clients disconnects before the end. */
    private static final int PATIENT = 20;

    private final RunningServer server;
    private final Random random;

    /** Requests that run while a trouble waits for its place. */
    private static final int FEW = 6;

    /** Requests that may begin: they keep step with the troubles. */
    private final Semaphore due = new Semaphore(4 * PAUSE);

    /** All of them so far; the thread of the troubles alone uses it. */
    private int begun = 4 * PAUSE;

    private final Semaphore answered = new Semaphore(0);
    private final AtomicInteger answers = new AtomicInteger();
    private final AtomicInteger refusals = new AtomicInteger();

    /**
     * A request with its right answer.
     *
     * @param isRight whether a whole answer is right
     */
    record Question(String body, Predicate<StreamedAnswer> isRight) {}

    ReplicaSoak(RunningServer server, Random random) {
        this.server = server;
        this.random = random;
    }

    /** Returns the answers to requests, a few at a time, without any trouble. */
    static List<StreamedAnswer> ask(RunningServer server, List<String> bodies) throws Exception {
        try (var clients = Executors.newFixedThreadPool(IN_FLIGHT)) {
            var answers = new ArrayList<StreamedAnswer>();
            var jobs =
                    bodies.stream()
                            .map(body -> (Callable<StreamedAnswer>) () -> ask(server, body))
                            .toList();
            for (var answer : clients.invokeAll(jobs)) {
                assertThat(answer.get()).matches(StreamedAnswer::isWhole);
                answers.add(answer.get());
            }
            return answers;
        }
    }

    private static StreamedAnswer ask(RunningServer server, String body) throws Exception {
        return StreamedAnswer.read(server.lines(CHAT, body), _ -> {}, Long.MAX_VALUE);
    }

    /**
     * Sends requests, each one of the questions, and checks their answers.
     *
     * @return requests that were refused for a while, because no replica took any
     */
    int run(List<Question> questions, int requests, ReplicaTroubles troubles, RequestMoves moves)
            throws Exception {
        var jobs = new ArrayList<Callable<String>>();
        for (int i = 0; i < requests; i++) {
            var question = questions.get(random.nextInt(questions.size()));
            long most = random.nextInt(PATIENT) == 0 ? random.nextInt(20) : Long.MAX_VALUE;
            jobs.add(() -> problem(question, most, moves));
        }
        try (var clients = Executors.newFixedThreadPool(IN_FLIGHT);
                var others = Executors.newCachedThreadPool()) {
            var trouble = others.submit(() -> trouble(requests, troubles));
            var moving = others.submit(moves::run);
            try {
                var problems = new ArrayList<String>();
                for (var job : clients.invokeAll(jobs)) {
                    problems.add(job.get());
                }
                trouble.get();
                assertThat(problems).hasSize(requests).allMatch(String::isEmpty);
            } finally {
                moves.end();
            }
            moving.get();
        }
        return refusals.get();
    }

    /** Makes troubles until all requests have been answered. */
    private Void trouble(int requests, ReplicaTroubles troubles) throws Exception {
        try {
            while (answers.get() < requests) {
                if (answered.tryAcquire(PAUSE, 1, TimeUnit.SECONDS)) {
                    troubles.next(() -> goOn(requests));
                    begin(PAUSE);
                }
            }
            return null;
        } finally {
            due.release(requests);
        }
    }

    private void begin(int requests) {
        begun += requests;
        due.release(requests);
    }

    /** Keeps a few requests running; returns false if none is left. */
    private boolean goOn(int requests) {
        begin(Math.max(0, FEW - (begun - answers.get())));
        return answers.get() < requests;
    }

    /** Asks a question until it is answered; returns what is wrong, empty if nothing is. */
    private String problem(Question question, long most, RequestMoves moves) throws Exception {
        due.acquire();
        try {
            return await().pollDelay(Duration.ZERO)
                    .atMost(Duration.ofMinutes(3))
                    .until(() -> attempt(question, most, moves), Optional::isPresent)
                    .orElseThrow();
        } finally {
            answers.incrementAndGet();
            answered.release();
        }
    }

    /** Asks a question once; returns what is wrong, nothing if it is to be asked again. */
    private Optional<String> attempt(Question question, long most, RequestMoves moves)
            throws Exception {
        var request = new AtomicReference<>("");
        var answer =
                StreamedAnswer.read(
                        server.lines(CHAT, question.body()),
                        id -> {
                            request.set(id);
                            moves.begun(id);
                        },
                        most);
        moves.ended(request.get());
        if (answer.mayRetry()) {
            refusals.incrementAndGet();
            return Optional.empty();
        }
        boolean isGivenUp = most < Long.MAX_VALUE && answer.error().isEmpty();
        boolean isRight = isGivenUp || (answer.isWhole() && question.isRight().test(answer));
        return Optional.of(isRight ? "" : question.body() + " got " + answer);
    }
}
