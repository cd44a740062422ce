package org.dlora.bench.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.dlora.workload.LoadReport;
import org.dlora.workload.Outcome;
import org.dlora.workload.PlannedRequest;

/**
 * Sender of planned requests. Each is sent when it is due, with at most {@code concurrency} in
 * flight. If all are due at the start, that is a closed loop; if they arrive at a rate, it is an
 * open one.
 *
 * <p>In an open loop a request's time begins when it is due, because a request that waits for a
 * free place has waited for the server ("coordinated omission", Tene). In a closed loop it begins
 * when the request is sent.
 */
public final class LoadRun implements AutoCloseable {
    private static final double NANOS = 1e9;

    private final LoadTarget target;
    private final Semaphore inFlight;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final ScheduledExecutorService deadlines =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().name("load-deadlines").daemon().factory());
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /**
     * Creates a run that has sent nothing yet.
     *
     * @param concurrency requests in flight at most
     */
    public LoadRun(LoadTarget target, int concurrency) {
        if (concurrency < 1) {
            throw new IllegalArgumentException(
                    "concurrency is %d: expected at least 1".formatted(concurrency));
        }
        this.target = target;
        this.inFlight = new Semaphore(concurrency, true);
    }

    /**
     * Sends all {@code requests} and waits for their ends.
     *
     * @param requests in the order of their arrival
     */
    public LoadReport run(String label, List<PlannedRequest> requests, double slo)
            throws InterruptedException {
        boolean isOpen = requests.stream().anyMatch(request -> request.arrival() > 0);
        long start = System.nanoTime();
        var answers = new ArrayList<Future<Outcome>>();
        for (var request : requests) {
            long due = start + (long) (request.arrival() * NANOS);
            sleepUntil(due);
            inFlight.acquire();
            long from = isOpen ? due : System.nanoTime();
            answers.add(threads.submit(() -> answer(request, from)));
        }
        var outcomes = new ArrayList<Outcome>();
        for (var answer : answers) {
            outcomes.add(outcome(answer));
        }
        return new LoadReport(label, outcomes, (System.nanoTime() - start) / NANOS, slo);
    }

    private static Outcome outcome(Future<Outcome> answer) throws InterruptedException {
        try {
            return answer.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("A request ended by a defect of the client", e);
        }
    }

    private static void sleepUntil(long nanos) throws InterruptedException {
        long wait = nanos - System.nanoTime();
        if (wait > 0) {
            Thread.sleep(Duration.ofNanos(wait));
        }
    }

    private Outcome answer(PlannedRequest request, long start) {
        var model = target.models().get(request.model());
        var thread = Thread.currentThread();
        var deadline =
                deadlines.schedule(
                        thread::interrupt, target.timeout().toMillis(), TimeUnit.MILLISECONDS);
        try {
            return send(model, request, start);
        } catch (IOException e) {
            var isLate =
                    deadline.getDelay(TimeUnit.NANOSECONDS) <= 0
                            ? "no end within " + target.timeout() + ": "
                            : "";
            return new Outcome.Failed(model, isLate + words(e));
        } catch (InterruptedException _) {
            return new Outcome.Failed(model, "no answer within " + target.timeout());
        } finally {
            deadline.cancel(false);
            inFlight.release();
        }
    }

    private String words(IOException e) {
        if (e instanceof ConnectException) {
            return "cannot connect to %s: is a server running there?".formatted(target.url());
        }
        return e.getClass().getSimpleName() + (e.getMessage() == null ? "" : " " + e.getMessage());
    }

    private Outcome send(String model, PlannedRequest request, long start)
            throws IOException, InterruptedException {
        var call =
                HttpRequest.newBuilder(target.completions())
                        .header("Content-Type", "application/json")
                        .POST(
                                HttpRequest.BodyPublishers.ofByteArray(
                                        CompletionBody.of(target, request)));
        target.key().ifPresent(key -> call.header("Authorization", "Bearer " + key));
        var built = call.build();
        var response = http.send(built, HttpResponse.BodyHandlers.ofInputStream());
        try (var body = response.body()) {
            if (response.statusCode() != 200) {
                throw new IOException(
                        response.statusCode() + " " + CompletionStream.shortened(text(body)));
            }
            long first = read(body, request.outputTokens());
            return new Outcome.Done(
                    model,
                    request.prompt().length,
                    request.outputTokens(),
                    (first - start) / NANOS,
                    (System.nanoTime() - start) / NANOS);
        }
    }

    /** Reads the stream to its end and returns when its first token came. */
    private static long read(InputStream body, int outputTokens) throws IOException {
        var stream = new CompletionStream();
        var lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
        for (var line = lines.readLine(); line != null; line = lines.readLine()) {
            stream.line(line, System.nanoTime());
        }
        return stream.end(outputTokens);
    }

    private static String text(InputStream body) throws IOException {
        return new String(body.readAllBytes(), StandardCharsets.UTF_8);
    }

    /** Drops the connections. */
    @Override
    public void close() {
        threads.shutdownNow();
        deadlines.shutdownNow();
        http.shutdownNow();
    }
}
