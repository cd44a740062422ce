package org.dlora.api.admin.manifest;

import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlora.api.admin.adapters.DefaultsBody;
import org.dlora.api.admin.adapters.GateBody;
import org.dlora.catalogue.manifest.DesiredGate;
import org.dlora.catalogue.manifest.DesiredRoute;
import org.dlora.catalogue.manifest.Difference;
import org.dlora.catalogue.manifest.ManifestProblem;
import org.dlora.catalogue.manifest.ManifestReport;
import org.dlora.catalogue.versions.Gate;
import org.dlora.catalogue.versions.ParameterDefaults;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * State of the manifest on this server.
 *
 * @param state {@code waiting}, {@code applied}, {@code fetching}, {@code different} or {@code
 *     broken}
 * @param hash SHA-256 of the manifest in force
 * @param accepted when it came into force
 * @param applied when it was last compared with what is served
 * @param errors of the file as it is now
 * @param differences of all adapters
 */
@JsonNaming(SnakeCaseStrategy.class)
record ManifestBody(
        String file,
        String state,
        @Nullable String hash,
        @Nullable Instant accepted,
        @Nullable Instant applied,
        List<ManifestProblem> errors,
        List<DifferenceBody> differences,
        List<AdapterBody> adapters) {

    /** A member that is not as the manifest wants it. */
    record DifferenceBody(
            String adapter, String member, @Nullable Object desired, @Nullable Object actual) {
        static DifferenceBody of(Difference difference) {
            return new DifferenceBody(
                    difference.adapter(),
                    difference.member(),
                    json(difference.desired()),
                    json(difference.actual()));
        }
    }

    /**
     * An adapter of the manifest.
     *
     * @param line of the manifest where it begins
     * @param desired members that the manifest says
     * @param actual the same members as they are
     * @param pending content that is being fetched
     * @param problems why something differs
     */
    record AdapterBody(
            String name,
            int line,
            Map<String, @Nullable Object> desired,
            Map<String, @Nullable Object> actual,
            List<String> pending,
            List<String> problems) {
        static AdapterBody of(ManifestReport.Adapter adapter) {
            return new AdapterBody(
                    adapter.name(),
                    adapter.line(),
                    json(adapter.desired()),
                    json(adapter.actual()),
                    adapter.pending(),
                    adapter.problems());
        }
    }

    static ManifestBody of(ManifestReport report) {
        return new ManifestBody(
                report.file().toString(),
                report.state().label(),
                report.hash(),
                report.accepted(),
                report.applied(),
                report.errors(),
                report.adapters().stream()
                        .flatMap(adapter -> adapter.differences().stream())
                        .map(DifferenceBody::of)
                        .toList(),
                report.adapters().stream().map(AdapterBody::of).toList());
    }

    private static Map<String, @Nullable Object> json(
            Map<String, ? extends @Nullable Object> members) {
        var json = new LinkedHashMap<String, @Nullable Object>();
        members.forEach((member, value) -> json.put(member, json(value)));
        return json;
    }

    private static @Nullable Object json(@Nullable Object value) {
        return switch (value) {
            case DesiredRoute route -> route(route);
            case DesiredGate gate -> Map.of("prompts", GateBody.prompts(gate));
            case Gate gate -> Map.of("prompts", GateBody.of(gate).prompts());
            case ParameterDefaults defaults -> DefaultsBody.parameters(defaults);
            case Collection<?> values -> List.copyOf(values);
            case null, default -> value;
        };
    }

    private static Map<String, Object> route(DesiredRoute route) {
        var json = new LinkedHashMap<String, Object>();
        json.put("versions", route.weights());
        json.put("sticky", route.sticky());
        route.shadow().ifPresent(shadow -> json.put("shadow", shadow));
        return json;
    }
}
