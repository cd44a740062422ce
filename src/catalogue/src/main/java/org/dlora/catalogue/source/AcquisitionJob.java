package org.dlora.catalogue.source;

import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.dlora.catalogue.source.fetch.SourceException;
import org.dlora.catalogue.source.fetch.Transfer;
import org.jspecify.annotations.Nullable;

/** A job that acquires an adapter. Thread-safe. */
public final class AcquisitionJob {
    private final String id;
    private final String owner;
    private final @Nullable String author;
    private final InstantSource clock;
    private final Instant created;
    private final Transfer transfer = new Transfer();
    private final CompletableFuture<Acquisition> end = new CompletableFuture<>();

    /** The end, once the observer was told. */
    private final CompletableFuture<Acquisition> done;

    private AcquisitionRequest request;
    private AcquisitionState state;
    private @Nullable String origin;
    private @Nullable String hash;
    private @Nullable String problem;
    private @Nullable Instant ended;
    private @Nullable Thread worker;

    /**
     * @param request without secrets
     * @param observer is given the last report before anybody who waits for the end
     */
    AcquisitionJob(
            String id,
            AcquisitionRequest request,
            AcquisitionState state,
            @Nullable Requester by,
            InstantSource clock,
            Consumer<? super Acquisition> observer) {
        this.id = id;
        this.request = request;
        this.state = state;
        owner = by == null ? "" : by.owner();
        author = by == null ? null : by.author();
        this.clock = clock;
        created = clock.instant();
        done = end.whenComplete((_, _) -> observer.accept(report()));
    }

    public String id() {
        return id;
    }

    /** Returns whose unfinished jobs are bounded together; empty if nobody's. */
    public String owner() {
        return owner;
    }

    Transfer transfer() {
        return transfer;
    }

    /**
     * Returns the end of the job: its last report, a {@link SourceException}, {@link
     * org.dlora.adapter.AdapterRefusedException} or {@link CancellationException}, or a defect.
     */
    public CompletableFuture<Acquisition> done() {
        return done.copy();
    }

    public synchronized Acquisition report() {
        var total = transfer.total();
        return new Acquisition(
                id,
                request.name().isEmpty() ? null : request.name(),
                request.source(),
                request.inPlace(),
                request.isActivated(),
                state,
                transfer.bytes(),
                total.isPresent() ? total.getAsLong() : null,
                origin,
                hash,
                problem,
                created,
                ended);
    }

    synchronized AcquisitionRequest request() {
        return request;
    }

    /** Notes what is asked for, as far as a client has sent it. */
    synchronized void request(AcquisitionRequest known) {
        request = known;
    }

    /** Returns who wants the adapter, as the audit names callers; null if nobody is known. */
    @Nullable String author() {
        return author;
    }

    synchronized void origin(String known) {
        origin = known;
    }

    synchronized void hash(String known) {
        hash = known;
    }

    /**
     * Enters a state, on the thread that does the work.
     *
     * @throws CancellationException if the job was cancelled
     */
    synchronized void enter(AcquisitionState next) {
        transfer.goOn();
        state = next;
        worker = Thread.currentThread();
        if (next == AcquisitionState.LOADING) {
            // Nobody interrupts from here on, and what comes has to be whole.
            worker = null;
            var _ = Thread.interrupted();
        }
    }

    /**
     * Cancels the job: its thread is interrupted and removes what there is. Does nothing if that
     * was done before.
     *
     * @throws SourceException if the job has ended, or the adapter is being loaded
     */
    public synchronized void cancel() {
        if (state == AcquisitionState.CANCELLED) {
            return;
        }
        if (state.isEnded() || state == AcquisitionState.LOADING) {
            throw new SourceException(
                    SourceException.Kind.CONFLICT,
                    "The job is %s and cannot be cancelled; POST /v1/unload_lora_adapter takes an adapter's name away"
                            .formatted(state.label()));
        }
        transfer.cancel();
        var at = worker;
        if (at != null) {
            at.interrupt();
        }
        if (state == AcquisitionState.WAITING || state == AcquisitionState.RECEIVING) {
            fail(new CancellationException("The job was cancelled"));
        }
    }

    /** Ends the job with the adapter served. */
    void ready() {
        synchronized (this) {
            end(AcquisitionState.READY);
        }
        end.complete(report());
    }

    /** Ends the job, unless it has ended. */
    void fail(Throwable cause) {
        Throwable told;
        synchronized (this) {
            if (state.isEnded()) {
                return;
            }
            boolean isCancelled = cause instanceof CancellationException || transfer.isCancelled();
            told = isCancelled ? new CancellationException("The job was cancelled") : cause;
            problem = isCancelled ? null : words(cause);
            end(isCancelled ? AcquisitionState.CANCELLED : AcquisitionState.FAILED);
        }
        end.completeExceptionally(told);
    }

    private static String words(Throwable cause) {
        return AcquisitionJobs.isExpected(cause)
                ? String.valueOf(cause.getMessage())
                : "The server failed; its log says why";
    }

    private synchronized void end(AcquisitionState last) {
        state = last;
        ended = clock.instant();
        worker = null;
        // A cancellation may have come while the work ended; the thread goes on with other jobs.
        var _ = Thread.interrupted();
    }
}
