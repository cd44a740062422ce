package org.dlora.api.admin.acquisitions;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import org.dlora.adapter.AdapterRefusedException;
import org.dlora.api.openai.call.Revocation;
import org.dlora.api.pools.WorkPools;
import org.dlora.api.web.ApiException;
import org.dlora.catalogue.source.Acquisition;
import org.dlora.catalogue.source.AcquisitionReport;
import org.dlora.catalogue.source.AcquisitionState;
import org.dlora.catalogue.source.Requester;
import org.dlora.catalogue.source.fetch.SourceException;
import org.dlora.cluster.facts.ClusterEvent;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.operate.Administration;
import org.dlora.operate.Caller;
import org.dlora.operate.adapters.TeamQuota;
import org.dlora.security.Access;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpStatus;
import org.springframework.http.codec.multipart.PartEvent;
import org.springframework.util.StringUtils;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

/**
 * Jobs that acquire adapters, as the endpoints and the console order them: checked for the caller,
 * audited and logged. Thread-safe.
 */
public final class AcquisitionOrders {
    private static final Logger log = LoggerFactory.getLogger(AcquisitionOrders.class);

    /** Begins of sources on other hosts; all others may be paths of this one. */
    private static final List<String> REMOTE = List.of("hf:", "https:", "s3:");

    /** Parts in flight from the connection to the disk, each of at most some 64 KB. */
    private static final int PARTS = 4;

    /**
     * Threads of their own for parts, which go to the disk as they come. An upload holds a thread
     * only while it writes a part, so uploads that trickle hold none.
     */
    private static final Scheduler DISK = Schedulers.newBoundedElastic(2, 1024, "upload", 60, true);

    /**
     * Reactor's key for errors that nobody waits for any more: a client that goes away is told of
     * twice.
     */
    private static final String DROPPED = "reactor.onErrorDropped.local";

    private final Administration administration;
    private final ClusterEvents events;
    private final TeamQuota quota;
    private final WorkPools pools;

    AcquisitionOrders(
            Administration administration,
            ClusterEvents events,
            ObjectProvider<TeamQuota> quota,
            WorkPools pools) {
        this.administration = administration;
        this.events = events;
        this.pools = pools;
        this.quota = quota.getIfAvailable(() -> TeamQuota.NONE);
    }

    /**
     * A job that has begun.
     *
     * @param isAwaited whether the client waits for its end
     */
    public record Begun(Acquisition job, boolean isAwaited) {}

    /**
     * Orders an adapter from a source.
     *
     * @param source {@code hf:}, {@code https:}, {@code s3:} or a path below a root
     * @param inPlace whether it may replace an adapter of that name
     * @param isActivated whether requests for the name get it; else it becomes a version of a
     *     served adapter
     * @throws ApiException if it is refused
     */
    public Acquisition fetch(
            Caller caller, String name, String source, boolean inPlace, boolean isActivated) {
        var jobs = administration.acquisitions();
        caller.access().requireChange(name);
        if (REMOTE.stream().noneMatch(source::startsWith)) {
            caller.access().requireFolder(source);
        }
        try {
            var job =
                    quota.begin(
                            administration,
                            caller.access(),
                            () ->
                                    isActivated
                                            ? jobs.begin(name, source, inPlace, requester(caller))
                                            : jobs.beginVersion(name, source, requester(caller)));
            audit(caller, "adapter.acquire", job);
            watch(job);
            return job;
        } catch (SourceException | AdapterRefusedException e) {
            throw refusal(e);
        }
    }

    /**
     * Receives an upload: the fields {@code name}, {@code in_place}, {@code activate} and {@code
     * wait}, then {@code files}.
     *
     * @param ignored further fields, which say nothing of the adapter
     * @return the job once all files are there, or why they are not taken
     */
    public Mono<Begun> receive(Caller caller, Flux<PartEvent> parts, Set<String> ignored) {
        return Mono.usingWhen(
                        Mono.fromSupplier(PendingReception::new),
                        pending ->
                                pools.catalogue()
                                        .run(() -> pending.begin(() -> begin(caller, ignored)))
                                        .flatMap(reception -> receive(reception, parts)),
                        pending -> end(pending, null),
                        AcquisitionOrders::end,
                        pending -> end(pending, new CancellationException()))
                .doOnNext(begun -> audit(caller, "adapter.upload", begun.job))
                .onErrorMap(AcquisitionErrors::answer)
                .contextWrite(Context.of(DROPPED, (Consumer<Throwable>) AcquisitionOrders::ignore));
    }

    private UploadReception begin(Caller caller, Set<String> ignored) {
        var jobs = administration.acquisitions();
        var upload =
                quota.begin(administration, caller.access(), () -> jobs.upload(requester(caller)));
        watch(upload.job());
        log.info("Adapter uploaded by {}", caller.name());
        return new UploadReception(upload, caller.access(), ignored);
    }

    private static Requester requester(Caller caller) {
        return new Requester(caller.name(), TeamQuota.owner(caller.access()));
    }

    private static Mono<Begun> receive(UploadReception reception, Flux<PartEvent> parts) {
        var cancelled = Mono.fromFuture(reception.job().done()).onErrorResume(_ -> Mono.empty());
        return parts.doOnDiscard(PartEvent.class, part -> DataBufferUtils.release(part.content()))
                .publishOn(DISK, PARTS)
                .takeUntilOther(cancelled)
                .transform(all -> Revocation.watch(all, reception.access()))
                .doOnNext(reception::take)
                .then(
                        Mono.fromCallable(
                                () -> new Begun(reception.finish(), reception.isAwaited())));
    }

    private static Mono<Void> end(PendingReception pending, @Nullable Throwable cause) {
        return Mono.<Void>fromRunnable(() -> pending.end(cause)).subscribeOn(DISK);
    }

    private static void ignore(Throwable dropped) {
        log.debug("An upload broke off: {}", dropped.toString());
    }

    /** Lists the jobs that a caller may know of, the newest first. */
    public List<AcquisitionReport> jobs(Access access) {
        return administration.acquisitions().all().stream()
                .map(Acquisition::report)
                .filter(report -> isVisible(access, report))
                .toList();
    }

    /**
     * Returns a job that a caller may know of.
     *
     * @throws ApiException if there is none
     */
    public Acquisition find(Access access, String id) {
        return administration
                .acquisitions()
                .find(id)
                .filter(job -> isVisible(access, job.report()))
                .orElseThrow(() ->
                        ApiException.of(
                                HttpStatus.NOT_FOUND,
                                "There is no job '%s'; GET /admin/adapter-jobs lists them."
                                        .formatted(StringUtils.truncate(id))));
    }

    /** Returns whether a call may know of a job; while it has no name, its adapter is unknown. */
    private static boolean isVisible(Access access, AcquisitionReport report) {
        return !access.isLimited() || report.name().filter(access::mayUse).isPresent();
    }

    /**
     * Cancels a job.
     *
     * @throws ApiException if there is none, or it cannot be cancelled any more
     */
    public Acquisition cancel(Caller caller, String id) {
        var job = find(caller.access(), id);
        job.report().name().ifPresent(caller.access()::requireChange);
        var before = Map.of("state", job.report().state().label());
        try {
            job.cancel();
        } catch (SourceException e) {
            throw refusal(e);
        }
        log.info("Acquisition {} cancelled by {}", id, caller.name());
        events.done(
                caller.name(),
                "acquisition.cancel",
                id,
                before,
                Map.of("state", job.report().state().label()));
        return job;
    }

    private static RuntimeException refusal(RuntimeException e) {
        return AcquisitionErrors.answer(e) instanceof RuntimeException answer ? answer : e;
    }

    /** Tells of the failure of a job. One that is cancelled has not failed. */
    private void watch(Acquisition job) {
        var _ =
                job.done()
                        .whenComplete((_, _) -> {
                            var report = job.report();
                            if (report.state() == AcquisitionState.FAILED) {
                                events.publish(failure(report));
                            }
                        });
    }

    private ClusterEvent failure(AcquisitionReport report) {
        return new ClusterEvent.AcquisitionFailed(
                events.clock().instant(),
                report.id(),
                report.name().orElse(null),
                report.source(),
                report.problem().orElse("the reason is not known"));
    }

    private void audit(Caller caller, String action, Acquisition job) {
        var report = job.report();
        events.done(
                caller.name(),
                action,
                report.name().orElse(""),
                null,
                Map.of(
                        "job", report.id(),
                        "source", report.source(),
                        "in_place", report.inPlace(),
                        "activate", report.isActivated()));
    }
}
