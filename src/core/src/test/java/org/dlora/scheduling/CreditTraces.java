package org.dlora.scheduling;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.dlora.scheduling.credit.CreditConstants;
import org.dlora.scheduling.credit.CreditState;
import org.dlora.testing.TestFiles;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Decisions of the reference implementation of the paper's rule, iteration by iteration. */
public record CreditTraces(
        String name,
        List<AdapterRef> adapters,
        Set<AdapterRef> unmergeable,
        CreditConstants constants,
        CreditState start,
        List<Iteration> iterations) {

    public record Arrival(long id, AdapterRef adapter, int length) {}

    public record Iteration(
            List<Arrival> arrivals,
            List<Long> selected,
            @Nullable AdapterRef mode,
            List<AdapterRef> starving,
            Map<AdapterRef, Double> credits,
            double alpha,
            double beta,
            CreditState.Period period) {}

    @Override
    public String toString() {
        return name;
    }

    public static Stream<CreditTraces> all() {
        var file = TestFiles.golden("policy/traces.jsonl.gz");
        try (var lines =
                new BufferedReader(
                        new InputStreamReader(
                                new GZIPInputStream(Files.newInputStream(file)),
                                StandardCharsets.UTF_8))) {
            var json = new JsonMapper();
            return lines.lines().map(json::readTree).map(CreditTraces::read).toList().stream();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static CreditTraces read(JsonNode trace) {
        var k = trace.get("constants");
        var adapters =
                IntStream.range(0, k.get("adapters").intValue())
                        .mapToObj(CreditTraces::key)
                        .toList();
        var unmergeable = new HashSet<AdapterRef>();
        k.get("unmergeable").forEach(a -> unmergeable.add(key(a.intValue())));
        var constants =
                new CreditConstants(
                        k.get("b_max").intValue(),
                        k.get("t_merged").doubleValue(),
                        k.get("t_unmerged").doubleValue(),
                        k.get("t_switch").doubleValue(),
                        k.get("theta_hi").doubleValue(),
                        k.get("theta_lo").doubleValue(),
                        k.get("c_merge").doubleValue(),
                        k.get("c_credit").doubleValue(),
                        k.get("step_add").doubleValue(),
                        k.get("step_mul").doubleValue());
        var credits = new HashMap<AdapterRef, Double>();
        adapters.forEach(a -> credits.put(a, k.get("credit").doubleValue()));
        var start =
                CreditState.start(
                        credits, k.get("alpha").doubleValue(), k.get("beta").doubleValue());
        var iterations = new ArrayList<Iteration>();
        trace.get("iterations").forEach(i -> iterations.add(iteration(i)));
        return new CreditTraces(
                trace.get("name").stringValue(),
                adapters,
                unmergeable,
                constants,
                start,
                iterations);
    }

    private static Iteration iteration(JsonNode i) {
        var arrivals = new ArrayList<Arrival>();
        i.get("new")
                .forEach(r ->
                        arrivals.add(
                                new Arrival(
                                        r.get(0).longValue(),
                                        key(r.get(1).intValue()),
                                        r.get(2).intValue())));
        var selected = new ArrayList<Long>();
        i.get("selected").forEach(id -> selected.add(id.longValue()));
        var starving = new ArrayList<AdapterRef>();
        i.get("starving").forEach(a -> starving.add(key(a.intValue())));
        var credits = new HashMap<AdapterRef, Double>();
        i.get("credits").forEach(c -> credits.put(key(credits.size()), c.doubleValue()));
        var counters = i.get("counters");
        return new Iteration(
                arrivals,
                selected,
                nullableKey(i.get("mode")),
                starving,
                credits,
                i.get("alpha").doubleValue(),
                i.get("beta").doubleValue(),
                new CreditState.Period(
                        counters.get("iterations").intValue(),
                        counters.get("rows_merged").intValue(),
                        counters.get("rows_unmerged").intValue(),
                        counters.get("virtual_switches").intValue(),
                        nullableKey(counters.get("leader"))));
    }

    private static @Nullable AdapterRef nullableKey(JsonNode adapter) {
        return adapter.isNull() ? null : key(adapter.intValue());
    }

    /** The order of keys does not matter, only that of {@link #adapters}. */
    private static AdapterRef key(int adapter) {
        return AdapterRef.of("adapter-" + adapter);
    }
}
