package org.dlora.catalogue;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.dlora.adapter.AdapterRefusedException;
import org.dlora.adapter.AdapterSource;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.catalogue.served.AdapterService;
import org.dlora.catalogue.served.CatalogueService;
import org.dlora.catalogue.served.FolderListing;
import org.dlora.catalogue.served.GateFailedException;
import org.dlora.catalogue.served.NameTakenException;
import org.dlora.catalogue.source.AcquisitionRequest;
import org.dlora.catalogue.versions.AdapterRecord;
import org.dlora.catalogue.versions.Gate;
import org.dlora.catalogue.versions.GateResult;
import org.dlora.catalogue.versions.VersionDefaults;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.adapters.ServedAdapter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Registration of adapters and their versions while the server runs. Content is validated, judged
 * by the gate of its adapter, and then served, or kept as a version that has not passed. Only the
 * last part is a change, for which others wait. The first request that needs an adapter has it
 * uploaded.
 */
final class AdapterRegistrar implements AdapterService {
    private static final Logger log = LoggerFactory.getLogger(AdapterRegistrar.class);

    private final HostedCatalogue hosted;
    private final CatalogueWriter writer;
    private final AdapterSource source;
    private final VersionRegistrar versions;
    private final VersionGates gates;
    private final AdapterChecks checks;
    private final PinnedAdapters pins;
    private final BrokenAdapters broken;
    private final Supplier<FolderListing> folders;

    /**
     * Terms of a registration.
     *
     * @param check of the name, before the content is read and within the change
     * @param isActivated whether requests for the name get the content; those of a new name do
     * @param defaults makes the defaults of the version from those of the name's main version
     * @param gate makes the gate of an adapter that is not served from the one that it has
     */
    private record Terms(
            Runnable check,
            boolean isActivated,
            UnaryOperator<VersionDefaults> defaults,
            UnaryOperator<Optional<Gate>> gate) {
        Terms(Runnable check, boolean isActivated) {
            this(check, isActivated, UnaryOperator.identity(), UnaryOperator.identity());
        }
    }

    /**
     * A version of which the catalogue knows.
     *
     * @param adapter empty if its gate keeps it out
     */
    private record Known(int number, Optional<ServedAdapter> adapter) {}

    /**
     * @param folders lists those that adapters can be registered from
     */
    AdapterRegistrar(
            CatalogueWriter writer,
            AdapterSource source,
            VersionRegistrar versions,
            VersionGates gates,
            AdapterChecks checks,
            PinnedAdapters pins,
            BrokenAdapters broken,
            Supplier<FolderListing> folders) {
        this.hosted = writer.hosted();
        this.writer = writer;
        this.source = source;
        this.versions = versions;
        this.gates = gates;
        this.checks = checks;
        this.pins = pins;
        this.broken = broken;
        this.folders = folders;
    }

    @Override
    public void check(AcquisitionRequest request) {
        checks.check(request);
    }

    @Override
    public ServedAdapter register(AcquisitionRequest request) {
        return register(
                request, () -> validated(request.name(), request.source()), Optional.empty());
    }

    @Override
    public ServedAdapter register(
            AcquisitionRequest request, RegisteredAdapter content, String origin) {
        return register(request, () -> content, Optional.of(origin));
    }

    private ServedAdapter register(
            AcquisitionRequest request,
            Supplier<RegisteredAdapter> content,
            Optional<String> origin) {
        var terms = new Terms(() -> checks.check(request), request.isActivated());
        return register(request.name(), content, origin, terms).adapter().orElseThrow();
    }

    /** See {@link CatalogueService#addVersion}. */
    int addVersion(String name, String path, boolean isActivated) {
        var terms = new Terms(() -> checks.requireServed(name), isActivated);
        return register(name, () -> validated(name, path), Optional.empty(), terms).number();
    }

    /**
     * Serves an adapter as a version of its name, beside those that requests for the name get. The
     * first version of a name gets them. Content that is served already as a version with these
     * defaults is that version.
     *
     * @param defaults makes the defaults of the version from those of the name's main version
     * @param gate makes the gate of an adapter that is not served from the one that it has
     * @return the number of the version
     */
    int ensure(
            String name,
            Supplier<RegisteredAdapter> content,
            Optional<String> origin,
            UnaryOperator<VersionDefaults> defaults,
            UnaryOperator<Optional<Gate>> gate) {
        Runnable check = () -> checks.requireUsable(name);
        return register(name, content, origin, new Terms(check, false, defaults, gate)).number();
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
        Runnable check =
                () -> {
                    if (!isNew(name)) {
                        throw new NameTakenException(name);
                    }
                };
        try {
            var _ =
                    register(
                            name,
                            () -> validated(name, folder.toString()),
                            Optional.empty(),
                            new Terms(check, true, UnaryOperator.identity(), gate));
        } catch (NameTakenException e) {
            log.debug("Folder {} is left alone", folder, e);
        }
    }

    /**
     * Returns whether nothing is served under a name, and nothing was unregistered. What a gate has
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
     * Returns the adapter in a folder below a root. This reads all of its files, so it is no part
     * of a change.
     */
    RegisteredAdapter validated(String name, String path) {
        return source.validate(name, source.folder(path));
    }

    /**
     * Registers content.
     *
     * @throws GateFailedException if the version has not passed, which is kept all the same
     */
    private Known register(
            String name, Supplier<RegisteredAdapter> read, Optional<String> origin, Terms terms) {
        writer.change(() -> {
            terms.check().run();
            return true;
        });
        var content = read.get();
        checks.requireRoom(content);
        var judged = judged(content, terms);
        var known = writer.change(() -> registered(content, origin, judged, terms));
        judged.ifPresent(result -> requirePassed(name, known.number(), result));
        return known;
    }

    /** Judges content that is to get requests, or takes the files of a version that gets them. */
    private Optional<GateResult> judged(RegisteredAdapter content, Terms terms) {
        var name = content.name();
        var becomes = versions.becomes(content, terms.defaults());
        if (hosted.names().entry(name).isEmpty()) {
            return gates.judge(content, becomes, terms.gate().apply(gates.gate(name)));
        }
        return terms.isActivated() || versions.replacesRouted(content, becomes)
                ? gates.judge(content, becomes)
                : Optional.empty();
    }

    private Known registered(
            RegisteredAdapter content,
            Optional<String> origin,
            Optional<GateResult> judged,
            Terms terms) {
        var name = content.name();
        terms.check().run();
        AdapterChecks.requireFiles(content);
        boolean isFirst = hosted.names().entry(name).isEmpty();
        if (isFirst) {
            if (judged.filter(result -> !result.passed()).isPresent()) {
                return new Known(
                        versions.note(
                                content, origin, judged.get(), terms.defaults(), terms.gate()),
                        Optional.empty());
            }
            requireJudged(name, judged, terms.gate());
            versions.gate(name, terms.gate());
        }
        boolean isActivated = terms.isActivated() || isFirst;
        var done = versions.register(content, isActivated, origin, judged, terms.defaults());
        if (isActivated) {
            // A pin outlasts that the adapter was unregistered.
            writer.record(name).ifPresent(pins::pin);
            broken.remove(name);
        }
        log.info(
                "Registered version {} of adapter {} from {}",
                done.number(),
                name,
                content.folder());
        return new Known(done.number(), Optional.of(done.adapter()));
    }

    /** Checks that content was judged by the gate that its adapter is to have now. */
    private void requireJudged(
            String name, Optional<GateResult> judged, UnaryOperator<Optional<Gate>> gate) {
        if (!gate.apply(gates.gate(name)).map(Gate::hash).equals(judged.map(GateResult::gate))) {
            throw VersionGates.changed(name);
        }
    }

    /** Tells of the result of the gate, and refuses a version that has failed. */
    private void requirePassed(String name, int number, GateResult result) {
        gates.tell(name, number, result);
        if (!result.passed()) {
            throw gates.failure(name, number, result);
        }
    }

    @Override
    public CompletableFuture<Void> unregister(String name) {
        return writer.change(() -> {
            var gone =
                    versions.unregister(name).orElseThrow(() -> new NoSuchAdapterException(name));
            log.info("Unloaded adapter {}", name);
            return gone;
        });
    }

    @Override
    public FolderListing folders() {
        return folders.get();
    }
}
