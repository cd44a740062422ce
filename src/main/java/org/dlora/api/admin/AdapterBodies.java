package org.dlora.api.admin;

import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dlora.api.openai.ApiException;
import org.dlora.api.openai.Served;
import org.dlora.cluster.adapters.CatalogueEntry;
import org.dlora.scheduling.ServiceWeights;
import org.springframework.util.StringUtils;

/** The bodies of adapters, put together from all services that know them. */
public final class AdapterBodies {
    /**
     * Returns one adapter.
     *
     * @throws ApiException with status 404 if none has that name
     */
    public ResidentBody one(Served served, String name) {
        return all(served).stream()
                .filter(adapter -> adapter.judged().name().equals(name))
                .findFirst()
                .orElseThrow(() ->
                        ApiException.noSuchAdapter(
                                null,
                                "No adapter is served as '%s'; GET /admin/adapters lists them."
                                        .formatted(StringUtils.truncate(name))));
    }

    /** Returns all adapters that the call may use, in the order of {@code /v1/models}. */
    public List<ResidentBody> all(Served served) {
        var scheduling = SchedulingController.service(served);
        var verdicts =
                scheduling.adapters().stream()
                        .collect(Collectors.toMap(one -> one.adapter().id(), Function.identity()));
        var shares =
                scheduling.scheduling(0).stream()
                        .findFirst()
                        .map(report -> report.weights())
                        .orElse(ServiceWeights.EQUAL);
        var entries =
                served.models().catalogue().entries().stream()
                        .collect(Collectors.toMap(CatalogueEntry::name, Function.identity()));
        return ResidencyController.service(served).reports().stream()
                .filter(report -> served.access().mayUse(report.adapter().name()))
                .flatMap(report ->
                        Stream.ofNullable(verdicts.get(report.adapter().id()))
                                .map(judged -> {
                                    var name = report.adapter().name();
                                    var entry = entries.get(name);
                                    var catalogued =
                                            entry == null
                                                    ? CataloguedBody.of(
                                                            report.adapter(),
                                                            served.models().catalogue().baseName())
                                                    : CataloguedBody.of(
                                                            entry,
                                                            served.models().catalogue().baseName(),
                                                            shares.of(name),
                                                            managed(served, name));
                                    return ResidentBody.of(report, judged, catalogued);
                                }))
                .toList();
    }

    private static Set<String> managed(Served served, String name) {
        return served.manifest().map(manifest -> manifest.members(name)).orElse(Set.of());
    }
}
