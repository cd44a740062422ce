package org.dlora.api.admin.adapters;

import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.dlora.api.web.EntityTag;
import org.dlora.catalogue.served.Catalogue;
import org.dlora.catalogue.served.CatalogueEntry;
import org.dlora.operate.Administration;
import org.dlora.scheduling.ServiceWeights;
import org.dlora.security.Access;
import org.springframework.http.server.reactive.ServerHttpResponse;

/**
 * Tags of what a path of the catalogue names. They are for calls that may change it, as a tag tells
 * whether a guess of the texts is right.
 */
record CatalogueTags(
        AdapterPath at, Administration administration, AdapterBodies bodies, Access access) {

    /** Returns the tag in what a change finds: the catalogue, or the shares of its adapters. */
    Function<Object, Optional<EntityTag>> found() {
        return found ->
                switch (found) {
                    case Catalogue catalogue ->
                            catalogue.entry(at.name()).flatMap(entry -> tag(entry, shares()));
                    case ServiceWeights shares ->
                            administration
                                    .catalogue()
                                    .find(at.name())
                                    .flatMap(entry -> tag(entry, shares));
                    default -> Optional.empty();
                };
    }

    /** Puts the present tag into an answer. */
    void on(ServerHttpResponse answer) {
        administration
                .catalogue()
                .find(at.name())
                .filter(entry -> access.mayChange(entry.name()))
                .flatMap(entry -> tag(entry, shares()))
                .ifPresent(tag -> tag.on(answer));
    }

    private ServiceWeights shares() {
        return bodies.shares();
    }

    private Optional<EntityTag> tag(CatalogueEntry entry, ServiceWeights shares) {
        var record = entry.record();
        var gate = record.gate().gate().map(known -> known.hash());
        if (at.isAdapter()) {
            var versions = new TreeMap<Integer, String>();
            record.versions()
                    .forEach((number, version) ->
                            versions.put(number, version.retired().orElse("")));
            return Optional.of(
                    EntityTag.of(
                            List.of(
                                    record.created().toString(),
                                    record.details(),
                                    versions,
                                    AliasBody.all(entry),
                                    gate.orElse(""),
                                    shares.of(entry.name()))));
        }
        if (at.isGate()) {
            return gate.map(EntityTag::of);
        }
        if (at.isVersions()) {
            return at.item().isEmpty()
                    ? Optional.empty()
                    : record.version(at.version())
                            .map(version ->
                                    EntityTag.of(
                                            List.of(
                                                    version.number(),
                                                    version.created().toString(),
                                                    version.retired().orElse(""))));
        }
        var aliases = AliasBody.all(entry);
        return at.item().isEmpty()
                ? Optional.of(EntityTag.of(aliases))
                : aliases.stream()
                        .filter(alias -> alias.alias().equals(at.item()))
                        .findFirst()
                        .map(EntityTag::of);
    }
}
