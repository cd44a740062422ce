package org.dlora.catalogue;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.dlora.catalogue.served.CatalogueEntry;
import org.dlora.catalogue.served.GateFailedException;
import org.dlora.catalogue.versions.AdapterDetails;
import org.dlora.catalogue.versions.AliasRecord;
import org.dlora.catalogue.versions.AliasRoute;
import org.dlora.catalogue.versions.GateResult;
import org.dlora.catalogue.versions.VersionDefaults;
import org.dlora.catalogue.versions.VersionRecord;
import org.dlora.cluster.adapters.NoSuchAdapterException;

/**
 * Update of an adapter's details, and of the defaults of its requests. Other defaults are another
 * version of the same weights, which has to pass the gate.
 */
final class DefaultsUpdate {
    private final CatalogueWriter writer;
    private final VersionGates gates;

    DefaultsUpdate(CatalogueWriter writer, VersionGates gates) {
        this.writer = writer;
        this.gates = gates;
    }

    private CatalogueEntry change(String name, Function<CatalogueEntry, CatalogueEntry> change) {
        return writer.change(() -> {
            var entry =
                    writer.hosted()
                            .names()
                            .entry(name)
                            .orElseThrow(() -> new NoSuchAdapterException(name));
            var next = change.apply(entry);
            var _ = writer.serve(next);
            return next;
        });
    }

    /**
     * See {@link org.dlora.catalogue.served.CatalogueService#update}.
     *
     * @param before the adapter, whose routed versions are validated
     */
    CatalogueEntry update(
            CatalogueEntry before,
            UnaryOperator<AdapterDetails> details,
            UnaryOperator<VersionDefaults> defaults) {
        var name = before.name();
        var judged = judged(before, withDefaults(before, defaults));
        if (judged.filter(result -> !result.passed()).isPresent()) {
            throw keptOut(name, defaults, judged.get());
        }
        var updated =
                change(
                        name,
                        entry -> {
                            var record = entry.record();
                            var wanted =
                                    withDefaults(
                                            entry.with(
                                                    record.with(details.apply(record.details()))),
                                            defaults);
                            return wanted.isNew() ? activated(wanted, judged) : wanted.entry();
                        });
        judged.ifPresent(result -> gates.tell(name, updated.record().route().main(), result));
        return updated;
    }

    /**
     * An adapter with a version of other defaults.
     *
     * @param number of the version
     * @param isNew whether requests for the name get another one
     */
    private record Defaulted(CatalogueEntry entry, int number, boolean isNew) {}

    private static Defaulted withDefaults(
            CatalogueEntry entry, UnaryOperator<VersionDefaults> change) {
        var record = entry.record();
        int number = record.route().main();
        var version = record.version(number).orElseThrow();
        var changed = change.apply(version.defaults());
        if (changed.equals(version.defaults())) {
            return new Defaulted(entry, number, false);
        }
        if (!record.route().isSingle()) {
            throw new IllegalStateException(
                    "The name '%s' stands for the versions %s, and defaults are given to one: set its alias to one version first"
                            .formatted(entry.name(), record.route().weights().keySet()));
        }
        var wanted = version.with(record.nextNumber(), changed);
        var next = record.same(wanted).map(VersionRecord::again).orElse(wanted);
        var served = entry.served().get(number);
        if (served == null) {
            throw entry.unserved(number);
        }
        return new Defaulted(entry.with(next, served), next.number(), true);
    }

    /** Returns the result of the gate for other defaults, where it has not been kept. */
    private Optional<GateResult> judged(CatalogueEntry before, Defaulted wanted) {
        var gate = before.record().gate();
        var version = wanted.entry().record().version(wanted.number()).orElseThrow();
        if (!wanted.isNew() || gate.admits(version)) {
            return Optional.empty();
        }
        var served = Optional.ofNullable(wanted.entry().served().get(wanted.number()));
        return gate.current(version)
                .or(() ->
                        gate.gate().map(given -> gates.run(served.orElseThrow(), version, given)));
    }

    private static CatalogueEntry activated(Defaulted wanted, Optional<GateResult> judged) {
        var record = wanted.entry().record();
        var known = judged.map(record::gated).orElse(record);
        VersionGates.check(known, List.of(wanted.number()), false);
        return wanted.entry()
                .with(known.routed(AliasRecord.DEFAULT, AliasRoute.to(wanted.number())).trimmed());
    }

    /** Keeps a version that has not passed, and returns its refusal. */
    private GateFailedException keptOut(
            String name, UnaryOperator<VersionDefaults> defaults, GateResult judged) {
        var number = new AtomicInteger();
        var _ =
                change(
                        name,
                        entry -> {
                            var wanted = withDefaults(entry, defaults);
                            number.set(wanted.number());
                            return wanted.entry()
                                    .with(wanted.entry().record().gated(judged).trimmed());
                        });
        gates.tell(name, number.get(), judged);
        return gates.failure(name, number.get(), judged);
    }
}
