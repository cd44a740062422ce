package org.dlora.operate.adapters;

import static java.util.Objects.requireNonNullElse;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.dlora.adapter.AdapterRefusedException;
import org.dlora.catalogue.source.Acquisition;
import org.dlora.catalogue.source.AcquisitionJob;
import org.dlora.catalogue.source.AcquisitionRequest;
import org.dlora.catalogue.source.AcquisitionState;
import org.dlora.catalogue.source.Requester;
import org.dlora.catalogue.source.Upload;
import org.dlora.catalogue.source.fetch.SourceException;
import org.dlora.cluster.facts.ClusterEvent;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.operate.Administration;
import org.dlora.operate.Caller;
import org.dlora.operate.CommandRefusedException;
import org.dlora.operate.CommandRefusedException.Kind;
import org.dlora.operate.ShortenedText;
import org.dlora.security.Access;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commands on jobs that acquire adapters: checked for the caller, audited and logged. Methods throw
 * {@link CommandRefusedException} or {@link org.dlora.security.AccessRefusedException} for what is
 * refused. Thread-safe.
 */
public final class AcquisitionCommands {
    private static final Logger log = LoggerFactory.getLogger(AcquisitionCommands.class);

    /** Prefixes of sources on other hosts; all others may be paths of this one. */
    private static final List<String> REMOTE = List.of("hf:", "https:", "s3:");

    private final Administration administration;
    private final ClusterEvents events;
    private final TeamQuota quota;

    public AcquisitionCommands(
            Administration administration, ClusterEvents events, TeamQuota quota) {
        this.administration = administration;
        this.events = events;
        this.quota = quota;
    }

    /** Checks that clients may acquire adapters, before the rest of a command is read. */
    public void requireOpen() {
        var _ = administration.acquisitions();
    }

    /** Begins to acquire an adapter from a source. */
    public AcquisitionJob fetch(Caller caller, AcquisitionRequest request) {
        var jobs = administration.acquisitions();
        var access = caller.access();
        access.requireChange(request.name());
        if (REMOTE.stream().noneMatch(request.source()::startsWith)) {
            access.requireFolder(request.source());
        }
        var job =
                translated(() ->
                        quota.begin(
                                administration,
                                access,
                                () -> jobs.begin(request, requester(caller))));
        audit(caller, "adapter.acquire", job);
        watch(job);
        log.info(
                "Adapter to be acquired, ordered by {}: {}",
                caller.name(),
                ShortenedText.details(words(request)));
        return job;
    }

    /** Returns a request for the log, without secrets. */
    private static Map<String, Object> words(AcquisitionRequest request) {
        var words = new LinkedHashMap<String, Object>();
        words.put("name", request.name());
        words.put("source", request.withoutSecrets().source());
        words.put("in_place", request.inPlace());
        words.put("activate", request.isActivated());
        return words;
    }

    /** Begins to receive an adapter's files; {@link #received} follows once all are there. */
    public Upload receive(Caller caller) {
        var jobs = administration.acquisitions();
        var upload =
                translated(() ->
                        quota.begin(
                                administration,
                                caller.access(),
                                () -> jobs.upload(requester(caller))));
        watch(upload.job());
        log.info("Adapter uploaded by {}", caller.name());
        return upload;
    }

    /** Reports to the audit that all files of an upload have come. */
    public void received(Caller caller, AcquisitionJob job) {
        audit(caller, "adapter.upload", job);
    }

    private static Requester requester(Caller caller) {
        return new Requester(caller.name(), TeamQuota.owner(caller.access()));
    }

    /** Lists the jobs that a caller may know of, the newest first, as the caller may see them. */
    public List<Acquisition> jobs(Access access) {
        return administration.acquisitions().all().stream()
                .map(AcquisitionJob::report)
                .filter(report -> isVisible(access, report))
                .map(report -> seen(access, report))
                .toList();
    }

    /**
     * Returns a job as a call may see it: source, origin and error are for those who may change the
     * adapter.
     */
    public static Acquisition seen(Access access, Acquisition job) {
        var name = job.name();
        boolean isWhole = name == null ? !access.isLimited() : access.mayInspect(name);
        return isWhole ? job : job.withoutSource();
    }

    /** Returns a job that a caller may know of. */
    public AcquisitionJob find(Access access, String id) {
        return administration
                .acquisitions()
                .find(id)
                .filter(job -> isVisible(access, job.report()))
                .orElseThrow(() ->
                        CommandRefusedException.of(
                                Kind.UNKNOWN,
                                "There is no job '%s'; GET /admin/adapter-jobs lists them."
                                        .formatted(ShortenedText.name(id))));
    }

    /** Returns whether a call may know of a job; while it has no name, its adapter is unknown. */
    private static boolean isVisible(Access access, Acquisition report) {
        return !access.isLimited() || (report.name() != null && access.mayUse(report.name()));
    }

    /** Cancels a job that is not too far for that. */
    public AcquisitionJob cancel(Caller caller, String id) {
        var job = find(caller.access(), id);
        var name = job.report().name();
        if (name != null) {
            caller.access().requireChange(name);
        }
        var before = Map.of("state", job.report().state().label());
        translated(() -> {
            job.cancel();
            return job;
        });
        log.info("Acquisition {} cancelled by {}", id, caller.name());
        events.done(
                caller.name(),
                "acquisition.cancel",
                id,
                before,
                Map.of("state", job.report().state().label()));
        return job;
    }

    private static <T> T translated(Supplier<T> command) {
        try {
            return command.get();
        } catch (SourceException | AdapterRefusedException e) {
            throw AcquisitionRefusals.translated(e);
        }
    }

    /** Reports the failure of a job. A cancelled job has not failed. */
    private void watch(AcquisitionJob job) {
        var _ =
                job.done()
                        .whenComplete((_, _) -> {
                            var report = job.report();
                            if (report.state() == AcquisitionState.FAILED) {
                                events.publish(failure(report));
                            }
                        });
    }

    private ClusterEvent failure(Acquisition report) {
        return new ClusterEvent.AcquisitionFailed(
                events.clock().instant(),
                report.id(),
                report.name(),
                report.source(),
                requireNonNullElse(report.error(), "the reason is not known"));
    }

    private void audit(Caller caller, String action, AcquisitionJob job) {
        var report = job.report();
        events.done(
                caller.name(),
                action,
                requireNonNullElse(report.name(), ""),
                null,
                Map.of(
                        "job", report.id(),
                        "source", report.source(),
                        "in_place", report.inPlace(),
                        "activate", report.activate()));
    }
}
