package org.dlora.catalogue.manifest;

import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.dlora.audit.AuditedAction;
import org.dlora.cluster.facts.AdminActions;
import org.dlora.cluster.watch.LookThread;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watch over a manifest, on a thread of its own. The file is read again after each interval. A
 * change comes into force once it has been read twice alike, so that a file that is being written
 * does not count. A malformed file changes nothing.
 *
 * <p>What is served is compared with the manifest after each interval, so that it comes back to it
 * also when it was changed elsewhere, or when a source is there again.
 */
public final class ManifestWatch implements ManifestService, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ManifestWatch.class);

    /** Author of its changes, in the audit and in versions. */
    public static final String ACTOR = "manifest";

    private final ManifestFile file;
    private final ManifestParser parser;
    private final ManagedAdapters managed;
    private final Reconciliation reconciliation;
    private final InstantSource clock;
    private final AdminActions audit;
    private final LookThread thread;

    private Manifest manifest = Manifest.EMPTY;
    private String seen = "";
    private Set<String> told = Set.of();
    private volatile ManifestReport report;

    /**
     * @param file that the start has read already
     * @param managed is told of the manifest in force
     * @param audit is told of manifests that come into force, and of adapters that they change
     */
    public ManifestWatch(
            ManifestFile file,
            ManifestParser parser,
            Duration interval,
            ManagedAdapters managed,
            Reconciliation reconciliation,
            InstantSource clock,
            AdminActions audit) {
        this.file = file;
        this.parser = parser;
        thread = new LookThread("manifest", Duration.ZERO, interval, this::turn);
        this.managed = managed;
        this.reconciliation = reconciliation;
        this.clock = clock;
        this.audit = audit;
        report =
                new ManifestReport(
                        file.path(),
                        ManifestReport.State.WAITING,
                        null,
                        null,
                        null,
                        List.of(),
                        List.of());
    }

    /**
     * Puts the manifest into force as the start has read it; {@link #start} applies it.
     *
     * @param bytes of the file
     */
    public void begin(byte[] bytes, Manifest first) {
        var content = ManifestFile.Content.of(bytes);
        seen = content.hash();
        accept(first, content.hash());
    }

    /** Begins to apply the manifest, and to watch its file. */
    public void start() {
        thread.start();
    }

    @Override
    public ManifestReport report() {
        return report;
    }

    @Override
    public Set<String> members(String name) {
        return managed.members(name);
    }

    /** Reads the file, and applies what differs. */
    void turn() {
        try {
            look();
            if (reconciliation.target().isReady()) {
                apply();
            }
        } catch (RuntimeException | Error e) {
            if (!thread.isClosing()) {
                log.error("The manifest could not be applied", e);
            }
        }
    }

    private void look() {
        try {
            var content = file.read();
            boolean isSettled = content.hash().equals(seen);
            seen = content.hash();
            if (content.hash().equals(report.hash())) {
                errors(List.of());
            } else if (isSettled) {
                accept(parser.parse(content.bytes()), content.hash());
            }
        } catch (ManifestException e) {
            errors(e.problems());
        }
    }

    private void errors(List<ManifestProblem> problems) {
        var before = report;
        if (problems.equals(before.errors())) {
            return;
        }
        report =
                new ManifestReport(
                        before.file(),
                        problems.isEmpty()
                                ? ManifestReport.State.WAITING
                                : ManifestReport.State.BROKEN,
                        before.hash(),
                        before.accepted(),
                        before.applied(),
                        problems,
                        before.adapters());
        problems.forEach(problem ->
                log.warn(
                        "The manifest {} is refused, the one before stays in force: {}",
                        file.path(),
                        problem));
    }

    private void accept(Manifest next, String hash) {
        var before = report;
        manifest = next;
        managed.replace(next);
        reconciliation.target().retry();
        report =
                new ManifestReport(
                        before.file(),
                        ManifestReport.State.WAITING,
                        hash,
                        clock.instant(),
                        before.applied(),
                        List.of(),
                        List.of());
        log.info(
                "The manifest {} is in force, with {} adapters",
                file.path(),
                next.adapters().size());
        audit.done(
                ACTOR,
                "manifest.accept",
                file.path().toString(),
                before.hash() == null ? null : Map.of("hash", before.hash()),
                Map.of("hash", hash));
    }

    private void apply() {
        var action = new AuditedAction(ACTOR, "adapter.update");
        var applied = action.part(() -> reconciliation.apply(manifest, thread::isClosing));
        var before = report;
        report =
                new ManifestReport(
                        before.file(),
                        before.errors().isEmpty() ? state(applied) : ManifestReport.State.BROKEN,
                        before.hash(),
                        before.accepted(),
                        clock.instant(),
                        before.errors(),
                        applied.stream().map(ManifestReport.Adapter::of).toList());
        var _ =
                action.part(() -> {
                    tell(applied);
                    return applied;
                });
    }

    private static ManifestReport.State state(List<AppliedAdapter> applied) {
        if (applied.stream().anyMatch(one -> !one.problems().isEmpty())) {
            return ManifestReport.State.DIFFERENT;
        }
        if (applied.stream().anyMatch(one -> !one.pending().isEmpty())) {
            return ManifestReport.State.FETCHING;
        }
        return applied.stream().allMatch(one -> Difference.of(one.actual()).isEmpty())
                ? ManifestReport.State.APPLIED
                : ManifestReport.State.DIFFERENT;
    }

    /** Logs each problem once, and tells the audit of changes. */
    private void tell(List<AppliedAdapter> applied) {
        for (var one : applied) {
            var name = one.actual().desired().name();
            if (one.changed()) {
                log.info("Adapter {} was changed by the manifest", name);
                audit.done(ACTOR, "adapter.update", name, one.before(), after(one));
            }
        }
        var problems =
                applied.stream()
                        .flatMap(one ->
                                one.problems().stream()
                                        .map(problem ->
                                                "Adapter %s is not as the manifest wants it (line %d): %s"
                                                        .formatted(
                                                                one.actual().desired().name(),
                                                                one.actual().desired().line(),
                                                                problem)))
                        .collect(Collectors.toSet());
        problems.stream().filter(problem -> !told.contains(problem)).forEach(log::warn);
        told = problems;
    }

    /** Returns the values of the audit, with the hash of the manifest that caused them. */
    private Map<String, ?> after(AppliedAdapter applied) {
        var after = new LinkedHashMap<String, Object>();
        if (applied.after() != null) {
            after.putAll(applied.after());
        }
        after.put("manifest", String.valueOf(report.hash()));
        return after;
    }

    /** Ends the watch; a change that is being made is waited for. */
    @Override
    public void close() {
        thread.close();
    }
}
