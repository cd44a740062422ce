package org.dlora.api.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.dlora.catalogue.manifest.DesiredRoute;
import org.dlora.catalogue.manifest.Difference;
import org.dlora.catalogue.manifest.ManifestProblem;
import org.dlora.catalogue.manifest.ManifestReport;
import org.dlora.catalogue.manifest.ManifestService;
import org.dlora.catalogue.versions.ParameterDefaults;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpStatus;

class ManifestControllerTest extends AdminServer {
    private static final DesiredRoute ROUTE =
            new DesiredRoute(new TreeMap<>(Map.of("a", 9, "b", 1)), true);

    private static ManifestService service(ManifestReport report) {
        return new ManifestService() {
            @Override
            public ManifestReport report() {
                return report;
            }

            @Override
            public Set<String> members(String name) {
                return Set.of();
            }
        };
    }

    private static ManifestReport report() {
        var actual = new HashMap<String, @Nullable Object>();
        actual.put("route", null);
        return new ManifestReport(
                Path.of("/etc/m.yml"),
                ManifestReport.State.BROKEN,
                "9f86",
                NOW,
                null,
                List.of(new ManifestProblem(3, "unknown key 'x'")),
                List.of(
                        new ManifestReport.Adapter(
                                "sql",
                                2,
                                Map.of("route", ROUTE),
                                Collections.unmodifiableMap(actual),
                                List.of(
                                        new Difference("sql", "route", ROUTE, null),
                                        new Difference(
                                                "sql",
                                                "tags",
                                                new TreeSet<>(List.of("t")),
                                                new TreeSet<String>()),
                                        new Difference(
                                                "sql", "parameters", ParameterDefaults.NONE, "")),
                                List.of("a: job 1 is fetching"),
                                List.of("b: no such folder"))));
    }

    @Test
    void theReportIsShown() {
        serve(demo().scheduling(new IdleScheduling()).manifest(service(report())));
        assertThat(get("/admin/manifest", HttpStatus.OK))
                .isEqualTo(
                        JSON.readTree(
                                """
                                {"file": "/etc/m.yml", "state": "broken", "hash": "9f86", "accepted": "2026-01-02T03:04:05Z", "applied": null,
                                 "errors": [{"line": 3, "message": "unknown key 'x'"}],
                                 "differences": [
                                   {"adapter": "sql", "member": "route", "desired": {"versions": {"a": 9, "b": 1}, "sticky": true}, "actual": null},
                                   {"adapter": "sql", "member": "tags", "desired": ["t"], "actual": []},
                                   {"adapter": "sql", "member": "parameters", "desired": {}, "actual": ""}],
                                 "adapters": [{"name": "sql", "line": 2, "desired": {"route": {"versions": {"a": 9, "b": 1}, "sticky": true}},
                                   "actual": {"route": null}, "pending": ["a: job 1 is fetching"], "problems": ["b: no such folder"]}]}
                                """));
    }

    @Test
    void aServerWithoutAManifestSaysSo() {
        serve(demo().scheduling(new IdleScheduling()));
        assertThat(message(get("/admin/manifest", HttpStatus.NOT_FOUND)))
                .isEqualTo(
                        "This server has no manifest; its setting dlora.adapters.manifest names one.");
    }

    @Test
    void closedAdministrationShowsNothing() {
        serve(demo().manifest(service(report())));
        get("/admin/manifest", HttpStatus.FORBIDDEN);
    }
}
