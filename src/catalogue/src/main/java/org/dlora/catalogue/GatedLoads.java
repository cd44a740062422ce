package org.dlora.catalogue;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.dlora.adapter.AdapterRefusedException;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.catalogue.served.CatalogueService;
import org.dlora.catalogue.served.GateFailedException;
import org.dlora.catalogue.versions.AdapterRecord;
import org.dlora.catalogue.versions.Gate;
import org.dlora.catalogue.versions.GateResult;
import org.dlora.catalogue.versions.VersionDefaults;
import org.dlora.cluster.adapters.ServedAdapter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads of adapters: files are validated, judged by the gate of their adapter, and then served, or
 * kept as a version that has not passed. Only the last part is a change, for which others wait.
 */
final class GatedLoads {
    private static final Logger log = LoggerFactory.getLogger(GatedLoads.class);

    private final HostedCatalogue hosted;
    private final CatalogueWriter writer;
    private final VersionLoads loads;
    private final VersionGates gates;
    private final AdapterChecks checks;
    private final PinnedAdapters pins;
    private final BrokenAdapters broken;

    GatedLoads(
            CatalogueWriter writer,
            VersionLoads loads,
            VersionGates gates,
            AdapterChecks checks,
            PinnedAdapters pins,
            BrokenAdapters broken) {
        this.hosted = writer.hosted();
        this.writer = writer;
        this.loads = loads;
        this.gates = gates;
        this.checks = checks;
        this.pins = pins;
        this.broken = broken;
    }

    /** See {@link org.dlora.catalogue.served.AdapterService#load}. */
    ServedAdapter load(String name, String path, boolean inPlace, Optional<String> origin) {
        requireFree(name, inPlace);
        var registered = checks.validated(name, path);
        var judged = gates.judge(registered, loads.becomes(registered));
        return announced(
                name,
                judged,
                () -> {
                    checks.requireFree(name, inPlace);
                    AdapterChecks.requireFiles(registered);
                    return isKeptOut(name, judged)
                            ? Kept.unserved(loads.note(registered, origin, judged.get()))
                            : activate(registered, origin, judged);
                });
    }

    /** Checks a name once the catalogue has been read, and the gate with it. */
    private void requireFree(String name, boolean inPlace) {
        writer.change(() -> {
            checks.requireFree(name, inPlace);
            return true;
        });
    }

    /** Returns whether a version has failed its gate whose adapter is not served. */
    private boolean isKeptOut(String name, Optional<GateResult> judged) {
        return judged.filter(result -> !result.passed()).isPresent()
                && hosted.names().entry(name).isEmpty();
    }

    /**
     * Makes a change, and tells of the result of the gate.
     *
     * @throws GateFailedException if the version has not passed, which is kept all the same
     */
    private ServedAdapter announced(
            String name, Optional<GateResult> judged, Supplier<Kept> change) {
        var kept = writer.change(change);
        requirePassed(name, kept.number(), judged);
        return kept.adapter().orElseThrow();
    }

    /** Tells of the result of the gate, if there is one, and refuses a version that has failed. */
    private void requirePassed(String name, int number, Optional<GateResult> judged) {
        judged.ifPresent(result -> {
            gates.tell(name, number, result);
            if (!result.passed()) {
                throw gates.failure(name, number, result);
            }
        });
    }

    /**
     * A version of which the catalogue knows.
     *
     * @param adapter empty if it is not served
     */
    private record Kept(int number, Optional<ServedAdapter> adapter) {
        static Kept unserved(int number) {
            return new Kept(number, Optional.empty());
        }
    }

    private Kept activate(
            RegisteredAdapter registered, Optional<String> origin, Optional<GateResult> judged) {
        var loaded = loads.load(registered, true, origin, judged);
        serves(registered);
        return new Kept(loaded.number(), Optional.of(loaded.adapter()));
    }

    /** Notes that requests for an adapter's name get its content. */
    private void serves(RegisteredAdapter registered) {
        var name = registered.name();
        // A pin outlasts that the adapter was unloaded.
        writer.record(name).ifPresent(pins::pin);
        broken.remove(name);
        log.info("Registered adapter {} from {}", name, registered.folder());
    }

    /** See {@link CatalogueService#addVersion}. */
    int addVersion(String name, String path, boolean isActivated, Optional<String> origin) {
        writer.change(() -> {
            checks.requireServed(name);
            return true;
        });
        var registered = checks.validated(name, path);
        var becomes = loads.becomes(registered);
        var judged =
                isActivated || loads.replacesRouted(registered, becomes)
                        ? gates.judge(registered, becomes)
                        : Optional.<GateResult>empty();
        int added = added(registered, isActivated, origin, judged);
        requirePassed(name, added, judged);
        return added;
    }

    private int added(
            RegisteredAdapter registered,
            boolean isActivated,
            Optional<String> origin,
            Optional<GateResult> judged) {
        var name = registered.name();
        return writer.change(() -> {
            checks.requireServed(name);
            AdapterChecks.requireFiles(registered);
            int number = loads.load(registered, isActivated, origin, judged).number();
            log.info(
                    "Registered version {} of adapter {} from {}",
                    number,
                    name,
                    registered.folder());
            return number;
        });
    }

    /**
     * Serves the adapter in a folder as a version of its name, beside those that requests for the
     * name get. The first version of a name gets them. Content that is served already as a version
     * with these defaults is that version.
     *
     * @param defaults makes the defaults of the version from those of the name's main version
     * @param gate makes the gate of an adapter that is not served from the one that it has
     * @return the number of the version
     */
    int ensure(
            String name,
            String path,
            Optional<String> origin,
            UnaryOperator<VersionDefaults> defaults,
            UnaryOperator<Optional<Gate>> gate) {
        requireFree(name, true);
        var registered = checks.validated(name, path);
        var becomes = loads.becomes(registered, defaults);
        var judged = Optional.<GateResult>empty();
        if (hosted.names().entry(name).isEmpty()) {
            judged = gates.judge(registered, becomes, gate.apply(gates.gate(name)));
        } else if (loads.replacesRouted(registered, becomes)) {
            judged = gates.judge(registered, becomes);
        }
        int ensured = ensured(registered, origin, defaults, gate, judged);
        requirePassed(name, ensured, judged);
        return ensured;
    }

    private int ensured(
            RegisteredAdapter registered,
            Optional<String> origin,
            UnaryOperator<VersionDefaults> defaults,
            UnaryOperator<Optional<Gate>> gate,
            Optional<GateResult> judged) {
        var name = registered.name();
        return writer.change(() -> {
            checks.requireFree(name, true);
            AdapterChecks.requireFiles(registered);
            boolean isFirst = hosted.names().entry(name).isEmpty();
            if (isKeptOut(name, judged)) {
                return loads.note(registered, origin, judged.get(), defaults, gate);
            }
            if (isFirst) {
                requireJudged(name, judged, gate);
                loads.gate(name, gate);
            }
            int number = loads.load(registered, isFirst, origin, judged, defaults).number();
            if (isFirst) {
                serves(registered);
            }
            log.debug("Version {} of adapter {} is that in {}", number, name, registered.folder());
            return number;
        });
    }

    /** Checks that content was judged by the gate that its adapter is to have now. */
    private void requireJudged(
            String name, Optional<GateResult> judged, UnaryOperator<Optional<Gate>> gate) {
        if (!gate.apply(gates.gate(name)).map(Gate::hash).equals(judged.map(GateResult::gate))) {
            throw VersionGates.changed(name);
        }
    }

    /**
     * Returns whether nothing is served under a name, and nothing was unloaded. What a gate has
     * kept out can be served later.
     */
    boolean isNew(String name) {
        return hosted.names().entry(name).isEmpty()
                && !name.equals(hosted.names().baseName())
                && writer.record(name)
                        .filter(AdapterRecord::unloaded)
                        .filter(record -> !record.hasFailedOnly())
                        .isEmpty();
    }

    /**
     * Serves the adapter in a new folder below a root, unless its name is taken by now.
     *
     * @param gate makes the gate of the adapter from the one that it has
     * @throws AdapterRefusedException if it cannot be served
     * @throws IllegalStateException if it can never fit into the memory, or the server is shutting
     *     down
     */
    void discover(String name, Path folder, UnaryOperator<Optional<Gate>> gate) {
        var registered = checks.validated(name, folder.toString());
        var judged =
                gates.judge(registered, loads.becomes(registered), gate.apply(gates.gate(name)));
        int number = writer.change(() -> discovered(registered, judged, gate));
        if (number > 0) {
            requirePassed(name, number, judged);
        }
    }

    private int discovered(
            RegisteredAdapter registered,
            Optional<GateResult> judged,
            UnaryOperator<Optional<Gate>> gate) {
        var name = registered.name();
        if (!isNew(name)) {
            return 0;
        }
        requireJudged(name, judged, gate);
        if (isKeptOut(name, judged)) {
            return loads.note(
                    registered, Optional.empty(), judged.get(), UnaryOperator.identity(), gate);
        }
        loads.gate(name, gate);
        return activate(registered, Optional.empty(), judged).number();
    }
}
