package org.dlora.api.admin.adapters;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dlora.api.web.ApiException;
import org.dlora.catalogue.served.AdapterReport;
import org.dlora.catalogue.served.CatalogueEntry;
import org.dlora.catalogue.versions.VersionRecord;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.fidelity.JudgedAdapter;
import org.dlora.operate.Administration;
import org.dlora.scheduling.ServiceWeights;
import org.dlora.security.Access;
import org.jspecify.annotations.Nullable;
import org.springframework.util.StringUtils;

/** The bodies of adapters, put together from all services that know them. */
public final class AdapterBodies {
    private final Administration administration;

    AdapterBodies(Administration administration) {
        this.administration = administration;
    }

    /**
     * Returns the body of one adapter. Costs no more where many are served.
     *
     * @throws ApiException with status 404 if none has that name
     */
    public ResidentBody one(Access access, String name) {
        return find(access, name)
                .orElseThrow(() ->
                        ApiException.noSuchAdapter(
                                null,
                                "No adapter is served as '%s'; GET /admin/adapters lists them."
                                        .formatted(StringUtils.truncate(name))));
    }

    /** Returns the adapter of a name; empty if the call may use none of that name. */
    public Optional<ResidentBody> find(Access access, String name) {
        var judged = administration.scheduling().adapter(name);
        return administration
                .residency()
                .report(name)
                .filter(_ -> access.mayUse(name))
                .flatMap(report ->
                        judged.map(verdict ->
                                body(
                                        access,
                                        report,
                                        verdict,
                                        administration
                                                .models()
                                                .catalogue()
                                                .entry(name)
                                                .orElse(null),
                                        shares())));
    }

    /** Returns all adapters that the call may use, in the order of {@code /v1/models}. */
    public List<ResidentBody> all(Access access) {
        var verdicts =
                administration.scheduling().adapters().stream()
                        .collect(Collectors.toMap(one -> one.adapter().id(), Function.identity()));
        var shares = shares();
        var entries =
                administration.models().catalogue().entries().stream()
                        .collect(Collectors.toMap(CatalogueEntry::name, Function.identity()));
        return administration.residency().reports().stream()
                .filter(report -> access.mayUse(report.adapter().name()))
                .flatMap(report ->
                        Stream.ofNullable(verdicts.get(report.adapter().id()))
                                .map(judged ->
                                        body(
                                                access,
                                                report,
                                                judged,
                                                entries.get(report.adapter().name()),
                                                shares)))
                .toList();
    }

    ServiceWeights shares() {
        return administration.scheduling().scheduling(0).stream()
                .findFirst()
                .map(report -> report.weights())
                .orElse(ServiceWeights.EQUAL);
    }

    private ResidentBody body(
            Access access,
            AdapterReport report,
            JudgedAdapter judged,
            @Nullable CatalogueEntry entry,
            ServiceWeights shares) {
        var name = report.adapter().name();
        var base = administration.models().catalogue().baseName();
        var catalogued =
                entry == null
                        ? CataloguedBody.of(report.adapter(), base)
                        : CataloguedBody.of(entry, base, shares.of(name), managed(name));
        return ResidentBody.of(
                report, judged, access.mayInspect(name) ? catalogued : catalogued.withoutTexts());
    }

    private Set<String> managed(String name) {
        return administration.manifest().map(manifest -> manifest.members(name)).orElse(Set.of());
    }

    /** Returns all versions of an adapter as a call may see them, by number. */
    public List<VersionBody> versions(CatalogueEntry entry, Access access) {
        return entry.record().versions().values().stream()
                .map(version -> version(entry, version, access))
                .toList();
    }

    private VersionBody version(CatalogueEntry entry, VersionRecord version, Access access) {
        var measured =
                version.weights()
                        .flatMap(weights -> administration.scheduling().fidelity(weights))
                        .orElse(null);
        return VersionBody.of(entry, version, measured, access);
    }

    /** Returns all aliases as a call may see them, with what their shadows answered. */
    public List<AliasBody> aliases(CatalogueEntry entry, Access access) {
        var service = administration.catalogue();
        boolean isWhole = access.mayInspect(entry.name());
        return entry.record().aliases().entrySet().stream()
                .map(alias ->
                        AliasBody.of(
                                alias.getKey(),
                                alias.getValue(),
                                service.shadow(entry.name(), alias.getKey())
                                        .map(ShadowBody::of)
                                        .orElse(null)))
                .map(alias -> isWhole ? alias : alias.withoutOwner())
                .toList();
    }

    /** Returns the version or the alias that a path names. */
    Object item(AdapterPath at, CatalogueEntry entry, Access access) {
        if (at.isVersions()) {
            return entry.record()
                    .version(at.version())
                    .map(version -> version(entry, version, access))
                    .orElseThrow(() -> NoSuchAdapterException.version(at.name(), "@" + at.item()));
        }
        return aliases(entry, access).stream()
                .filter(alias -> alias.alias().equals(at.item()))
                .findFirst()
                .orElseThrow(() -> NoSuchAdapterException.version(at.name(), "@" + at.item()));
    }
}
