package org.dlora.catalogue;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.catalogue.gate.GateRunner;
import org.dlora.catalogue.served.CatalogueEntry;
import org.dlora.catalogue.served.GateFailedException;
import org.dlora.catalogue.served.GateNotRunException;
import org.dlora.catalogue.served.Registrations;
import org.dlora.catalogue.versions.AdapterRecord;
import org.dlora.catalogue.versions.AliasRecord;
import org.dlora.catalogue.versions.AliasRoute;
import org.dlora.catalogue.versions.Gate;
import org.dlora.catalogue.versions.GateDraft;
import org.dlora.catalogue.versions.GateResult;
import org.dlora.catalogue.versions.VersionRecord;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.facts.ClusterEvent;
import org.dlora.cluster.facts.ClusterEvents;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gates of the catalogue's adapters. A version is judged before the change that would give it
 * requests, and without the lock of changes: others go on meanwhile. The change itself checks that
 * the result is that of the gate in force. Thread-safe.
 */
final class VersionGates {
    private static final Logger log = LoggerFactory.getLogger(VersionGates.class);

    private final CatalogueWriter writer;
    private final HostedCatalogue hosted;
    private final Registrations registrations;
    private final GateRunner runner;

    /** Results that were told, by version. */
    private final Map<String, GateResult> last = new ConcurrentHashMap<>();

    private volatile @Nullable ClusterEvents events;

    VersionGates(CatalogueWriter writer, Registrations registrations, GateRunner runner) {
        this.writer = writer;
        hosted = writer.hosted();
        this.registrations = registrations;
        this.runner = runner;
    }

    /** Tells {@code told} of each result from now on. */
    void tell(ClusterEvents told) {
        events = told;
    }

    /** Returns the record of an adapter, served or not. */
    private Optional<AdapterRecord> record(String name) {
        return hosted.names().entry(name).map(CatalogueEntry::record).or(() -> writer.record(name));
    }

    /** Returns the gate in force of an adapter, served or not. */
    Optional<Gate> gate(String name) {
        return record(name).flatMap(record -> record.gate().gate());
    }

    /**
     * Judges content that is to become a version with requests. A result of the gate in force is
     * not found out again.
     *
     * @param content validated
     * @param version that the content becomes
     * @return empty if the adapter has no gate
     */
    Optional<GateResult> judge(RegisteredAdapter content, VersionRecord version) {
        return judge(content, version, gate(content.name()));
    }

    /** Does the same with a gate that the adapter is to have, or none. */
    Optional<GateResult> judge(
            RegisteredAdapter content, VersionRecord version, Optional<Gate> wanted) {
        var name = content.name();
        return wanted.map(gate ->
                record(name)
                        .flatMap(record -> record.gate().result(version))
                        .filter(result -> result.gate().equals(gate.hash()))
                        .orElseGet(() -> run(name, content, version, gate)));
    }

    private GateResult run(
            String name, RegisteredAdapter content, VersionRecord version, Gate gate) {
        var served =
                hosted.names().entry(name).stream()
                        .flatMap(entry -> entry.registrations().values().stream())
                        .filter(adapter -> isContent(adapter, content))
                        .findFirst();
        if (served.isPresent()) {
            return runner.run(served.get(), version, gate);
        }
        var unlisted = registrations.next(content);
        hosted.cluster().register(unlisted);
        try {
            return runner.run(unlisted, version, gate);
        } finally {
            var _ = hosted.cluster().retire(unlisted.id());
        }
    }

    private static boolean isContent(ServedAdapter adapter, RegisteredAdapter content) {
        return adapter.version().isPresent()
                && adapter.version().equals(content.knownVersion())
                && adapter.source().format().hash().equals(content.format().hash());
    }

    /**
     * Judges versions of an adapter that have not passed, and keeps the results.
     *
     * @param isRollback whether a version that passed an earlier gate has passed
     * @throws GateFailedException if one of them does not pass
     */
    void require(CatalogueEntry entry, Collection<Integer> numbers, boolean isRollback) {
        for (int number : numbers) {
            var version = entry.record().version(number);
            if (version.isEmpty()
                    || !entry.served().containsKey(number)
                    || admits(entry.record(), version.get(), isRollback)) {
                continue;
            }
            var result =
                    entry.record()
                            .gate()
                            .current(version.get())
                            .orElseGet(() -> judge(entry.name(), number));
            if (!result.passed()) {
                throw failure(entry.name(), number, result);
            }
        }
    }

    private static boolean admits(AdapterRecord record, VersionRecord version, boolean isRollback) {
        return isRollback ? record.gate().admitsAgain(version) : record.gate().admits(version);
    }

    /**
     * Checks within a change that versions have passed the gate in force.
     *
     * @throws GateNotRunException if the gate is another one by now
     */
    static void check(AdapterRecord record, Collection<Integer> numbers, boolean isRollback) {
        for (int number : numbers) {
            if (record.version(number)
                    .filter(version -> !admits(record, version, isRollback))
                    .isPresent()) {
                throw changed(record.name());
            }
        }
    }

    /** Returns the refusal of a change whose adapter was changed while its gate ran. */
    static GateNotRunException changed(String name) {
        return new GateNotRunException(
                "Adapter '%s' was changed while its gate ran; try again".formatted(name));
    }

    /** Returns the versions that an alias gives requests to by {@code route}, and not by now. */
    static List<Integer> added(AdapterRecord record, String alias, AliasRoute route) {
        var present = record.alias(alias).map(AliasRecord::route);
        return route.weights().keySet().stream()
                .filter(number ->
                        present.filter(now -> now.weights().containsKey(number)).isEmpty())
                .toList();
    }

    /**
     * Runs the gate with a served version and keeps the result.
     *
     * @throws NoSuchAdapterException if there is no such adapter or version, or no gate
     * @throws GateNotRunException if the gate cannot be run to its end
     */
    GateResult judge(String name, int number) {
        var entry = hosted.names().entry(name).orElseThrow(() -> new NoSuchAdapterException(name));
        var served = entry.served().get(number);
        if (served == null) {
            throw entry.unserved(number);
        }
        var gate =
                entry.record().gate().gate().orElseThrow(() -> NoSuchAdapterException.gate(name));
        var version = entry.record().version(number).orElseThrow();
        return keep(name, number, runner.run(served, version, gate));
    }

    /** Runs the gate with a version that differs from a served one in its defaults. */
    GateResult run(ServedAdapter served, VersionRecord version, Gate gate) {
        return runner.run(served, version, gate);
    }

    private GateResult keep(String name, int number, GateResult result) {
        var _ =
                writer.change(() -> {
                    var entry =
                            hosted.names()
                                    .entry(name)
                                    .orElseThrow(() -> new NoSuchAdapterException(name));
                    return writer.serve(entry.with(entry.record().gated(result)));
                });
        tell(name, number, result);
        return result;
    }

    /** Tells of a result that is kept. */
    void tell(String name, int number, GateResult result) {
        // Not again what was kept before.
        if (result.equals(last.put(name + "@" + number, result))) {
            return;
        }
        var problem = result.problem();
        problem.ifPresentOrElse(
                why ->
                        log.warn(
                                "Version {} of adapter {} did not pass its gate: {}",
                                number,
                                name,
                                why),
                () -> log.info("Version {} of adapter {} passed its gate", number, name));
        var told = events;
        if (told != null) {
            told.publish(
                    new ClusterEvent.GateJudged(
                            told.clock().instant(),
                            name,
                            number,
                            result.version(),
                            result.passed(),
                            problem.orElse(null)));
        }
    }

    /** Returns the refusal of a version, which says what requests for the name get. */
    GateFailedException failure(String name, int number, GateResult result) {
        var still =
                hosted.names()
                        .entry(name)
                        .flatMap(entry -> entry.servedOf(entry.record().route()))
                        .map(route ->
                                route.isSingle()
                                        ? "requests for the name still get version %d"
                                                .formatted(route.main())
                                        : "requests for the name still get the versions %s"
                                                .formatted(route.weights().keySet()))
                        .orElse("the adapter is not served");
        return new GateFailedException(name, number, result, still);
    }

    /**
     * Sets the gate of an adapter, or removes it. The version that its name stands for answers the
     * prompts without an expectation. Versions that have requests keep them.
     *
     * @param drafts empty to remove the gate
     * @throws NoSuchAdapterException if there is no such adapter, or no gate to remove
     * @throws IllegalArgumentException if an answer cannot be recorded
     */
    CatalogueEntry set(CatalogueEntry validated, Optional<List<GateDraft>> drafts) {
        var name = validated.name();
        int main =
                validated
                        .servedOf(validated.record().route())
                        .map(AliasRoute::main)
                        .orElseThrow(() -> new NoSuchAdapterException(name));
        var gate =
                drafts.map(given ->
                        runner.record(
                                validated.main().orElseThrow(),
                                validated.record().version(main).orElseThrow(),
                                given));
        return writer.change(() -> {
            var entry =
                    hosted.names().entry(name).orElseThrow(() -> new NoSuchAdapterException(name));
            if (gate.isEmpty() && entry.record().gate().gate().isEmpty()) {
                throw NoSuchAdapterException.gate(name);
            }
            var next = entry.with(entry.record().gated(gate));
            var _ = writer.serve(next);
            return next;
        });
    }
}
