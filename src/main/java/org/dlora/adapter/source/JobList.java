package org.dlora.adapter.source;

import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.dlora.adapter.source.fetch.SourceException;

/** The unfinished jobs, which are bounded, and the last ended ones. Thread-safe. */
final class JobList {
    private static final int MOST_UNFINISHED = 16;
    private static final int REMEMBERED = 256;

    private final InstantSource clock;
    private final Consumer<? super AcquisitionReport> observer;

    /** The newest first. */
    private final Deque<Acquisition> jobs = new ArrayDeque<>();

    private boolean closed;

    JobList(InstantSource clock, Consumer<? super AcquisitionReport> observer) {
        this.clock = clock;
        this.observer = observer;
    }

    /**
     * Adds a new job.
     *
     * @throws SourceException if too many are unfinished
     */
    synchronized Acquisition add(String source, AcquisitionState state) {
        if (closed) {
            throw new SourceException(SourceException.Kind.BUSY, "The server is shutting down");
        }
        long unfinished = jobs.stream().filter(job -> !isEnded(job)).count();
        if (unfinished >= MOST_UNFINISHED) {
            throw new SourceException(
                    SourceException.Kind.BUSY,
                    "%d adapters are being acquired already; try again when some have ended (GET /admin/adapter-jobs)"
                            .formatted(unfinished));
        }
        while (jobs.size() >= REMEMBERED + MOST_UNFINISHED) {
            jobs.remove(oldestEnded());
        }
        var job = new Acquisition(UUID.randomUUID().toString(), source, state, clock, observer);
        jobs.addFirst(job);
        return job;
    }

    private Acquisition oldestEnded() {
        return jobs.reversed().stream().filter(JobList::isEnded).findFirst().orElseThrow();
    }

    private static boolean isEnded(Acquisition job) {
        return job.report().state().isEnded();
    }

    synchronized List<Acquisition> all() {
        return List.copyOf(jobs);
    }

    /** Refuses new jobs from now on, and returns all. */
    synchronized List<Acquisition> close() {
        closed = true;
        return List.copyOf(jobs);
    }
}
