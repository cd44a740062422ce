package org.dlora.catalogue.source;

import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.dlora.catalogue.source.fetch.SourceException;
import org.jspecify.annotations.Nullable;

/**
 * The unfinished jobs, which are bounded, and the last ended ones. Uploads that are not whole are
 * bounded apart, so that slow clients keep nobody from acquiring. A whole upload counts among them
 * until a worker takes it. Thread-safe.
 */
final class JobList {
    private static final int MOST_UNFINISHED = 64;

    /** Unfinished jobs of one owner, of both kinds together. */
    private static final int MOST_OF_OWNER = 8;

    private static final int REMEMBERED = 256;

    private final InstantSource clock;
    private final Consumer<? super Acquisition> observer;

    /** The newest first. */
    private final Deque<AcquisitionJob> jobs = new ArrayDeque<>();

    private boolean closed;

    JobList(InstantSource clock, Consumer<? super Acquisition> observer) {
        this.clock = clock;
        this.observer = observer;
    }

    /**
     * Adds a new job. An upload that is not whole takes no place of others.
     *
     * @param by whose unfinished jobs are bounded together; null if nobody's
     * @throws SourceException if too many are unfinished
     */
    synchronized AcquisitionJob add(
            AcquisitionRequest request, AcquisitionState state, @Nullable Requester by) {
        if (closed) {
            throw new SourceException(SourceException.Kind.BUSY, "The server is shutting down");
        }
        var owner = by == null ? "" : by.owner();
        var unfinished = jobs.stream().filter(job -> !isEnded(job)).toList();
        long own = unfinished.stream().filter(job -> job.owner().equals(owner)).count();
        if (!owner.isEmpty() && own >= MOST_OF_OWNER) {
            throw new SourceException(
                    SourceException.Kind.BUSY,
                    "%s has %d unfinished acquisitions already, the most; try again when some have ended (GET /admin/adapter-jobs)"
                            .formatted(owner, own));
        }
        long alike =
                unfinished.stream().filter(job -> isAlike(job.report().state(), state)).count();
        if (alike >= MOST_UNFINISHED) {
            throw new SourceException(
                    SourceException.Kind.BUSY,
                    "%d adapters are being acquired already; try again when some have ended (GET /admin/adapter-jobs)"
                            .formatted(alike));
        }
        while (jobs.size() >= REMEMBERED + 2 * MOST_UNFINISHED) {
            jobs.remove(oldestEnded());
        }
        var job =
                new AcquisitionJob(
                        UUID.randomUUID().toString(), request, state, by, clock, observer);
        jobs.addFirst(job);
        return job;
    }

    /** Returns whether both are states of uploads that are not whole, or neither is. */
    private static boolean isAlike(AcquisitionState one, AcquisitionState other) {
        return (one == AcquisitionState.RECEIVING) == (other == AcquisitionState.RECEIVING);
    }

    private AcquisitionJob oldestEnded() {
        return jobs.reversed().stream().filter(JobList::isEnded).findFirst().orElseThrow();
    }

    private static boolean isEnded(AcquisitionJob job) {
        return job.report().state().isEnded();
    }

    synchronized List<AcquisitionJob> all() {
        return List.copyOf(jobs);
    }

    /** Refuses new jobs from now on, and returns all. */
    synchronized List<AcquisitionJob> close() {
        closed = true;
        return List.copyOf(jobs);
    }
}
