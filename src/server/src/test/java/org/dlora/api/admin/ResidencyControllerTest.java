package org.dlora.api.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.dlora.adapter.content.MergeFidelity;
import org.dlora.adapter.weights.LoadOrigin;
import org.dlora.catalogue.SchedulingService;
import org.dlora.catalogue.served.AdapterReport;
import org.dlora.catalogue.served.AdapterReport.InMemory;
import org.dlora.catalogue.served.BrokenAdapter;
import org.dlora.catalogue.served.ResidencyService;
import org.dlora.cluster.TinyAdapter;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.dispatch.DispatchRecord;
import org.dlora.cluster.fidelity.JudgedAdapter;
import org.dlora.cluster.fidelity.MergeVerdict;
import org.dlora.cluster.residency.AdapterStatus;
import org.dlora.cluster.residency.LoadTotals;
import org.dlora.cluster.residency.MemoryReport;
import org.dlora.engine.KvStatus;
import org.dlora.engine.SchedulingReport;
import org.dlora.replica.SchedulingSettings;
import org.dlora.scheduling.KvCounts;
import org.dlora.scheduling.MergeRules;
import org.dlora.scheduling.residency.CopyTarget;
import org.dlora.scheduling.residency.KvTarget;
import org.dlora.scheduling.residency.Residence;
import org.dlora.scheduling.residency.ResidencyPlan;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.HttpStatus;
import org.springframework.test.web.reactive.server.WebTestClient;

class ResidencyControllerTest extends AdminServer {
    private static final MergeFidelity FIDELITY = new MergeFidelity(0.75, 0.0625, 0.03125);

    private static final Instant USED = Instant.parse("2026-01-02T03:04:03.500999Z");

    private final Adapters adapters = new Adapters();

    @BeforeEach
    void serve() {
        serve(adapters);
    }

    private void serve(Adapters service) {
        serve(demo().scheduling(new Verdicts(service)).residency(service));
    }

    private static final Map<LoadOrigin, LoadTotals> BY_ORIGIN =
            Map.of(
                    LoadOrigin.FILE, new LoadTotals(1, 5, 0.75),
                    LoadOrigin.PACKED, new LoadTotals(2, 10, 0.5));

    @Test
    void listsResidenceAndMergeVerdictOfEachAdapter() {
        adapters.add(
                "a",
                new MergeVerdict(MergeRules.FREE, FIDELITY),
                new AdapterStatus(
                        "a#1",
                        "a",
                        Residence.RESIDENT,
                        5,
                        true,
                        2,
                        0,
                        USED,
                        3,
                        2,
                        0.25,
                        false,
                        BY_ORIGIN),
                new AdapterStatus(
                        "a#1",
                        "a",
                        Residence.LOADING,
                        7,
                        true,
                        0,
                        4,
                        USED.minusSeconds(60),
                        0,
                        0,
                        Double.NaN,
                        false,
                        Map.of()));
        adapters.add(
                "b",
                new MergeVerdict(
                        MergeRules.aloneOnly("noise"),
                        new MergeFidelity(1, 0, Double.POSITIVE_INFINITY)),
                new AdapterStatus(
                        "b#1",
                        "b",
                        Residence.ABSENT,
                        9,
                        false,
                        0,
                        0,
                        null,
                        0,
                        0,
                        Double.NaN,
                        false,
                        Map.of()));
        adapters.broken.add(
                new BrokenAdapter("c", Path.of("/root/c"), "rank of q_proj", Instant.EPOCH));
        assertThat(json(get(), HttpStatus.OK))
                .isEqualTo(
                        JSON.readTree(
                                """
                                {"adapters": [
                                  {"name": "a", "version": "1", "mergeable": true, "mixable": true, "why": null,
                                   "fidelity": 0.75, "logit_deviation": 0.0625, "mixed_noise": 0.03125,
                                   "description": "", "tags": [], "owner": "", "base": "demo", "share": 1.0, "active_version": 1, "system_prompt": null, "parameters": {},
                                   "aliases": [{"alias": "", "versions": {"1": 1}, "sticky": false, "shadow": null, "shadow_owner": null, "shadow_runs": null, "earlier": []}], "created": "1970-01-01T00:00:00Z", "managed_by": null, "managed": [],
                                   "state": "resident", "bytes": 12, "resident_on": ["0", "1"], "pinned": true,
                                   "last_used": "2026-01-02T03:04:03.500Z", "running": 2, "waiting": 4, "loads": 3, "evictions": 2,
                                   "memories": [
                                     {"memory": "host", "replicas": ["0", "1"], "state": "resident", "bytes": 5, "pinned": true, "running": 2,
                                      "waiting": 0, "loads": 3, "evictions": 2, "load_seconds": 0.25,
                                      "loads_by_source": {"file": {"loads": 1, "bytes": 5, "seconds": 0.75},
                                                          "packed": {"loads": 2, "bytes": 10, "seconds": 0.5}}},
                                     {"memory": "2", "replicas": ["2"], "state": "loading", "bytes": 7, "pinned": true, "running": 0,
                                      "waiting": 4, "loads": 0, "evictions": 0, "load_seconds": null, "loads_by_source": {}}]},
                                  {"name": "b", "version": "1", "mergeable": true, "mixable": false, "why": "noise",
                                   "fidelity": 1.0, "logit_deviation": 0.0, "mixed_noise": null,
                                   "description": "", "tags": [], "owner": "", "base": "demo", "share": 1.0, "active_version": 1, "system_prompt": null, "parameters": {},
                                   "aliases": [{"alias": "", "versions": {"1": 1}, "sticky": false, "shadow": null, "shadow_owner": null, "shadow_runs": null, "earlier": []}], "created": "1970-01-01T00:00:00Z", "managed_by": null, "managed": [],
                                   "state": "ready", "bytes": 0, "resident_on": [], "pinned": false,
                                   "last_used": null, "running": 0, "waiting": 0, "loads": 0, "evictions": 0,
                                   "memories": [
                                     {"memory": "host", "replicas": ["0", "1"], "state": "absent", "bytes": 9, "pinned": false, "running": 0,
                                      "waiting": 0, "loads": 0, "evictions": 0, "load_seconds": null, "loads_by_source": {}}]}],
                                 "total": 2, "broken": [{"name": "c", "folder": "/root/c", "problem": "rank of q_proj", "found": "1970-01-01T00:00:00Z"}]}
                                """));
    }

    @Test
    void showsTheLastPlanOfEachMemoryWithItsReasons() {
        var plan =
                new ResidencyPlan(
                        List.of("b#2"),
                        List.of("c#3"),
                        List.of(
                                new KvTarget(
                                        "0", 60, KvTarget.Cause.FREE_BLOCKS, "gives up 20 blocks")),
                        List.of(new CopyTarget("1", false, "gives back 9 MB")),
                        List.of("a#1"),
                        List.of("huge#4"),
                        List.of(new ResidencyPlan.Reason("a#1", "is loaded, as it is asked for")));
        var cache =
                new MemoryReport.Cache(
                        "0",
                        16,
                        new KvStatus(new KvCounts(80, 100, 30, 10, 2, 0, 0, 0), 640, 8, 8, 1));
        adapters.memories.add(
                new MemoryReport(
                        "host",
                        List.of("0", "1"),
                        1000,
                        60,
                        0,
                        new TreeMap<>(Map.of("kv_cache", 640L, "adapters", 300L)),
                        new MemoryReport.Planned(2.5, plan),
                        List.of(cache),
                        List.of(
                                new MemoryReport.Copies("1", 20, 30, 0, Optional.of("a#1")),
                                new MemoryReport.Copies("0", 0, 0, 25, Optional.empty()))));
        adapters.memories.add(
                new MemoryReport(
                        "2",
                        List.of("2"),
                        500,
                        500,
                        0,
                        new TreeMap<>(),
                        null,
                        List.of(),
                        List.of()));
        assertThat(json(get("/admin/residency"), HttpStatus.OK))
                .isEqualTo(
                        JSON.readTree(
                                """
                                {"memories": [
                                  {"memory": "host", "replicas": ["0", "1"], "limit": 1000, "available": 60,
                                   "bytes": {"adapters": 300, "kv_cache": 640},
                                   "last_plan": {"age": 2.5, "evict": ["b#2"], "close": ["c#3"],
                                     "kv": [{"replica": "0", "blocks": 60, "why": "gives up 20 blocks"}],
                                     "copies": [{"replica": "1", "all": false, "why": "gives back 9 MB"}],
                                     "load": ["a#1"], "impossible": ["huge#4"],
                                     "reasons": [{"adapter": "a#1", "text": "is loaded, as it is asked for"}]},
                                   "kv": [{"replica": "0", "usable": 80, "most": 100, "least": 16,
                                     "held": 50, "free": 20, "cached": 10, "bytes": 640}],
                                   "copies": [
                                     {"replica": "1", "used": 20, "idle": 30, "wanted": 0, "kept": "a#1"},
                                     {"replica": "0", "used": 0, "idle": 0, "wanted": 25, "kept": null}]},
                                  {"memory": "2", "replicas": ["2"], "limit": 500, "available": 500,
                                   "bytes": {}, "last_plan": null, "kv": [], "copies": []}]}
                                """));
    }

    @ParameterizedTest
    @ValueSource(strings = {"pin", "unpin", "load", "evict"})
    void actionsAreDoneAndAnsweredWithTheAdapter(String action) {
        adapters.add("team/sql v2", new MergeVerdict(MergeRules.FREE, null));
        var answer = json(post("/admin/adapters/team/sql%20v2/" + action), HttpStatus.OK);
        assertThat(answer.get("name").asString()).isEqualTo("team/sql v2");
        assertThat(adapters.done).containsExactly(action + " team/sql v2");
        json(post("/admin/adapters/team%2Fsql%20v2/" + action), HttpStatus.OK);
        assertThat(adapters.done).hasSize(2).containsOnly(action + " team/sql v2");
        assertThat(adapters.threads)
                .hasSize(2)
                .allSatisfy(thread -> assertThat(thread).startsWith("catalogue-"));
    }

    /** A page of one adapter asks each second, however many are served. */
    @Test
    void oneAdapterIsAnsweredWithoutListingAll() {
        adapters.add("sql", new MergeVerdict(MergeRules.FREE, null));
        adapters.isListed = false;
        var answer = json(post("/admin/adapters/sql/pin"), HttpStatus.OK);
        assertThat(answer.get("name").asString()).isEqualTo("sql");
        error(post("/admin/adapters/other/pin"), HttpStatus.NOT_FOUND);
    }

    @Test
    void figuresAreThoseOfAllWeightsInAMemory() {
        adapters.add("a", new MergeVerdict(MergeRules.FREE, null));
        adapters.put("a", held("a#1", Residence.ABSENT, 5), held("a#2", Residence.RESIDENT, 7));
        var answer = json(get(), HttpStatus.OK).get("adapters").get(0);
        assertThat(answer.get("running").asInt()).isEqualTo(2 + 2);
        assertThat(answer.get("waiting").asInt()).isEqualTo(1 + 1);
        assertThat(answer.get("bytes").asLong()).isEqualTo(7);
        assertThat(answer.get("state").asString()).isEqualTo("resident");
        assertThat(answer.get("memories").size()).isEqualTo(1);
        assertThat(answer.get("memories").get(0).get("loads_by_source").get("file"))
                .isEqualTo(JSON.readTree("{\"loads\": 2, \"bytes\": 10, \"seconds\": 1.5}"));
    }

    private static AdapterStatus held(String id, Residence residence, long bytes) {
        return new AdapterStatus(
                id,
                "a",
                residence,
                bytes,
                false,
                2,
                1,
                USED,
                1,
                0,
                0.5,
                false,
                Map.of(LoadOrigin.FILE, new LoadTotals(1, 5, 0.75)));
    }

    /** Issue 15: a memory named in the body was passed over, and all of them were pinned. */
    @ParameterizedTest
    @ValueSource(strings = {"pin", "unpin", "load", "evict"})
    void bodiesAreReadAndRefused(String action) {
        adapters.add("sql", new MergeVerdict(MergeRules.FREE, null));
        var path = "/admin/adapters/sql/" + action;
        assertThat(message(post(path, "{\"replica\": \"0\"}", HttpStatus.BAD_REQUEST)))
                .isEqualTo(
                        "Unknown parameter: 'replica'. This call takes none; send no body or an empty object.");
        post(path, "{bad", HttpStatus.BAD_REQUEST);
        assertThat(adapters.done).isEmpty();
        post(path, "{}", HttpStatus.OK);
        assertThat(adapters.done).hasSize(1);
    }

    @Test
    void refusesUnknownNamesAndActions() {
        adapters.add("sql", new MergeVerdict(MergeRules.FREE, null));
        assertThat(error(post("/admin/adapters/nosql/pin"), HttpStatus.NOT_FOUND))
                .isEqualTo("No adapter is served as 'nosql'; GET /admin/adapters lists them.");
        for (var path : List.of("sql/melt", "sql", "pin")) {
            error(post("/admin/adapters/" + path), HttpStatus.NOT_FOUND);
        }
        assertThat(adapters.done).isEmpty();
    }

    @Test
    void refusalsOfTheMemoryKeepTheirWords() {
        adapters.add("sql", new MergeVerdict(MergeRules.FREE, null));
        adapters.refusal = new IllegalStateException("Adapter 'sql' is pinned; unpin it first");
        assertThat(error(post("/admin/adapters/sql/evict"), HttpStatus.CONFLICT))
                .isEqualTo("Adapter 'sql' is pinned; unpin it first.");
    }

    @Test
    void aFailedLoadIsReportedInItsWords() {
        adapters.add("sql", new MergeVerdict(MergeRules.FREE, null));
        adapters.loaded =
                CompletableFuture.failedFuture(new IllegalStateException("It does not fit"));
        assertThat(error(post("/admin/adapters/sql/load"), HttpStatus.SERVICE_UNAVAILABLE))
                .isEqualTo("It does not fit.");
    }

    @Test
    void isClosedOnOpenNetworks() {
        serve(demo());
        error(get(), HttpStatus.FORBIDDEN);
        error(get("/admin/residency"), HttpStatus.FORBIDDEN);
        error(post("/admin/adapters/sql/pin"), HttpStatus.FORBIDDEN);
    }

    private WebTestClient.ResponseSpec get() {
        return get("/admin/adapters");
    }

    private WebTestClient.ResponseSpec get(String path) {
        return client().get().uri(path).exchange();
    }

    private WebTestClient.ResponseSpec post(String path) {
        return client().post()
                .uri(URI.create("http://127.0.0.1:" + port + path))
                .header("X-DLoRA-Request", "1")
                .exchange();
    }

    private static String error(WebTestClient.ResponseSpec answer, HttpStatus status) {
        return message(json(answer, status));
    }

    /** Adapters with the state that a test gives them. */
    private static final class Adapters implements ResidencyService {
        private final Map<ServedAdapter, MergeVerdict> verdicts = new LinkedHashMap<>();
        private final Map<ServedAdapter, List<InMemory>> states = new LinkedHashMap<>();
        private final List<MemoryReport> memories = new ArrayList<>();
        private final List<BrokenAdapter> broken = new ArrayList<>();
        private final List<String> done = new ArrayList<>();
        private final List<String> threads = new ArrayList<>();
        private CompletableFuture<Void> loaded = CompletableFuture.completedFuture(null);
        private @Nullable IllegalStateException refusal;
        private boolean isListed = true;

        /**
         * Adds an adapter that is in memory {@code host}, and in memory {@code 2} if that is given.
         */
        void add(String name, MergeVerdict verdict, AdapterStatus... statuses) {
            var adapter = TinyAdapter.served(name + "#1", name);
            verdicts.put(adapter, verdict);
            var at = new ArrayList<InMemory>();
            for (var status : statuses) {
                at.add(
                        at.isEmpty()
                                ? new InMemory("host", List.of("0", "1"), List.of(status))
                                : new InMemory("2", List.of("2"), List.of(status)));
            }
            states.put(adapter, at);
        }

        /** Gives an adapter weights in memory {@code host}. */
        void put(String name, AdapterStatus... weights) {
            states.put(served(name), List.of(new InMemory("host", List.of("0"), List.of(weights))));
        }

        private ServedAdapter served(String name) {
            return states.keySet().stream()
                    .filter(adapter -> adapter.name().equals(name))
                    .findFirst()
                    .orElseThrow();
        }

        void requireListed() {
            if (!isListed) {
                throw new AssertionError("All adapters are listed");
            }
        }

        @Override
        public Optional<AdapterReport> report(String name) {
            return states.keySet().stream()
                    .filter(adapter -> adapter.name().equals(name))
                    .map(adapter ->
                            new AdapterReport(adapter, states.getOrDefault(adapter, List.of())))
                    .findFirst();
        }

        @Override
        public List<AdapterReport> reports() {
            requireListed();
            return states.entrySet().stream()
                    .map(one -> new AdapterReport(one.getKey(), one.getValue()))
                    .toList();
        }

        @Override
        public List<MemoryReport> memories() {
            return memories;
        }

        @Override
        public List<BrokenAdapter> broken() {
            return broken;
        }

        @Override
        public void pin(String name, boolean pinned) {
            note((pinned ? "pin " : "unpin "), name);
        }

        @Override
        public CompletableFuture<Void> load(String name) {
            note("load ", name);
            return loaded;
        }

        @Override
        public CompletableFuture<Void> evict(String name) {
            note("evict ", name);
            return new CompletableFuture<>();
        }

        private void note(String action, String name) {
            if (states.keySet().stream().noneMatch(adapter -> adapter.name().equals(name))) {
                throw new NoSuchAdapterException(name);
            }
            if (refusal != null) {
                throw refusal;
            }
            done.add(action + name);
            threads.add(Thread.currentThread().getName());
        }
    }

    /** The verdicts on merging. */
    private record Verdicts(Adapters of) implements SchedulingService {
        @Override
        public Optional<JudgedAdapter> adapter(String name) {
            return of.verdicts.entrySet().stream()
                    .filter(one -> one.getKey().name().equals(name))
                    .map(one -> new JudgedAdapter(one.getKey(), one.getValue()))
                    .findFirst();
        }

        @Override
        public List<JudgedAdapter> adapters() {
            of.requireListed();
            return of.verdicts.entrySet().stream()
                    .map(one -> new JudgedAdapter(one.getKey(), one.getValue()))
                    .toList();
        }

        @Override
        public List<SchedulingReport> scheduling(int lastSteps) {
            return List.of();
        }

        @Override
        public List<DispatchRecord> dispatch(int last) {
            return List.of();
        }

        @Override
        public CompletableFuture<Void> schedule(UnaryOperator<SchedulingSettings> change) {
            throw new UnsupportedOperationException();
        }
    }
}
