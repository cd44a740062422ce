package org.dlora.api.admin;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dlora.api.openai.ApiException;
import org.dlora.api.openai.Served;
import org.dlora.cluster.adapters.AdapterReport;
import org.dlora.cluster.adapters.CatalogueEntry;
import org.dlora.cluster.fidelity.JudgedAdapter;
import org.dlora.scheduling.ServiceWeights;
import org.jspecify.annotations.Nullable;
import org.springframework.util.StringUtils;

/** The bodies of adapters, put together from all services that know them. */
public final class AdapterBodies {
    /**
     * Returns one adapter. Costs no more where many are served.
     *
     * @throws ApiException with status 404 if none has that name
     */
    public ResidentBody one(Served served, String name) {
        return find(served, name)
                .orElseThrow(() ->
                        ApiException.noSuchAdapter(
                                null,
                                "No adapter is served as '%s'; GET /admin/adapters lists them."
                                        .formatted(StringUtils.truncate(name))));
    }

    /** Returns one adapter; empty if the call may use none of that name. */
    public Optional<ResidentBody> find(Served served, String name) {
        var judged = SchedulingController.service(served).adapter(name);
        return ResidencyController.service(served)
                .report(name)
                .filter(_ -> served.access().mayUse(name))
                .flatMap(report ->
                        judged.map(verdict ->
                                body(
                                        served,
                                        report,
                                        verdict,
                                        served.models().catalogue().entry(name).orElse(null),
                                        shares(served))));
    }

    /** Returns all adapters that the call may use, in the order of {@code /v1/models}. */
    public List<ResidentBody> all(Served served) {
        var verdicts =
                SchedulingController.service(served).adapters().stream()
                        .collect(Collectors.toMap(one -> one.adapter().id(), Function.identity()));
        var shares = shares(served);
        var entries =
                served.models().catalogue().entries().stream()
                        .collect(Collectors.toMap(CatalogueEntry::name, Function.identity()));
        return ResidencyController.service(served).reports().stream()
                .filter(report -> served.access().mayUse(report.adapter().name()))
                .flatMap(report ->
                        Stream.ofNullable(verdicts.get(report.adapter().id()))
                                .map(judged ->
                                        body(
                                                served,
                                                report,
                                                judged,
                                                entries.get(report.adapter().name()),
                                                shares)))
                .toList();
    }

    static ServiceWeights shares(Served served) {
        return SchedulingController.service(served).scheduling(0).stream()
                .findFirst()
                .map(report -> report.weights())
                .orElse(ServiceWeights.EQUAL);
    }

    private static ResidentBody body(
            Served served,
            AdapterReport report,
            JudgedAdapter judged,
            @Nullable CatalogueEntry entry,
            ServiceWeights shares) {
        var name = report.adapter().name();
        var base = served.models().catalogue().baseName();
        var catalogued =
                entry == null
                        ? CataloguedBody.of(report.adapter(), base)
                        : CataloguedBody.of(entry, base, shares.of(name), managed(served, name));
        return ResidentBody.of(
                report,
                judged,
                served.access().mayInspect(name) ? catalogued : catalogued.withoutTexts());
    }

    private static Set<String> managed(Served served, String name) {
        return served.manifest().map(manifest -> manifest.members(name)).orElse(Set.of());
    }
}
