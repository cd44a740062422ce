package org.dlora.api.metrics;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.time.Instant;
import java.util.List;
import org.dlora.cluster.ClusterLoad;
import org.dlora.cluster.ResidentAdapter;
import org.dlora.replica.kv.KvBlocks;

/**
 * The series that routers read from vLLM. A router reads one series of each name, so the server's
 * replicas are one engine here.
 *
 * @param model name of the base model
 * @param residentAdapters adapters that requests need not wait for
 * @param maxAdapters adapters that can run at a time
 * @param queriedTokens prompt tokens that were looked for in the prefix cache
 * @param hitTokens of these the tokens that were found
 */
record VllmSeries(
        String model,
        ClusterLoad load,
        List<ResidentAdapter> residentAdapters,
        int maxAdapters,
        double queriedTokens,
        double hitTokens,
        Instant now) {

    MetricSnapshots snapshots() {
        return MetricSnapshots.of(
                gauge("vllm:num_requests_running", "Requests that hold KV blocks", load.running()),
                gauge("vllm:num_requests_waiting", "Requests that wait", load.waiting()),
                gauge("vllm:kv_cache_usage_perc", "Share of the KV blocks held", load.kvUsage()),
                gauge("vllm:gpu_cache_usage_perc", "The same, older name", load.kvUsage()),
                gauge(
                        "vllm:num_gpu_loaded_lora_adapters",
                        "Adapters that requests need not wait for",
                        residentAdapters.size()),
                loaded(),
                requests(),
                cache(),
                counter("vllm:prefix_cache_queries", "Tokens looked for", queriedTokens),
                counter("vllm:prefix_cache_hits", "Tokens found", hitTokens),
                counter("vllm:gpu_prefix_cache_queries", "The same, older name", queriedTokens),
                counter("vllm:gpu_prefix_cache_hits", "The same, older name", hitTokens));
    }

    private Labels modelLabel() {
        return Labels.of("model_name", model);
    }

    private GaugeSnapshot gauge(String name, String help, double value) {
        return gauge(name, help, List.of(point(modelLabel(), value)));
    }

    private static GaugeSnapshot gauge(
            String name, String help, List<GaugeDataPointSnapshot> points) {
        var gauge = GaugeSnapshot.builder().name(name).help(help);
        points.forEach(gauge::dataPoint);
        return gauge.build();
    }

    private static GaugeDataPointSnapshot point(Labels labels, double value) {
        return GaugeDataPointSnapshot.builder().labels(labels).value(value).build();
    }

    private CounterSnapshot counter(String name, String help, double value) {
        var point = CounterDataPointSnapshot.builder().labels(modelLabel()).value(value).build();
        return CounterSnapshot.builder().name(name).help(help).dataPoint(point).build();
    }

    // Level gpu is the one that serves at once; it has that name on every device.
    private GaugeSnapshot loaded() {
        return gauge(
                "vllm:lora_adapter_loaded",
                "Adapters that requests need not wait for",
                residentAdapters.stream()
                        .map(adapter ->
                                modelLabel()
                                        .merge(
                                                Labels.of(
                                                        "adapter_name",
                                                        adapter.name(),
                                                        "level",
                                                        "gpu",
                                                        "pinned",
                                                        String.valueOf(adapter.pinned()))))
                        .map(labels -> point(labels, 1))
                        .toList());
    }

    // The value is the time, by which routers find the latest of vLLM's series.
    private GaugeSnapshot requests() {
        var labels =
                Labels.of(
                        "max_lora",
                        String.valueOf(maxAdapters),
                        "running_lora_adapters",
                        joined(load.runningAdapters()),
                        "waiting_lora_adapters",
                        joined(load.waitingAdapters()));
        double seconds = now.getEpochSecond() + 1e-9 * now.getNano();
        return gauge(
                "vllm:lora_requests_info",
                "Adapters with requests; the value is the time",
                List.of(point(labels, seconds)));
    }

    /** Returns the names in vLLM's form. One with a comma would be read as two others. */
    private static String joined(List<String> names) {
        return String.join(",", names.stream().filter(name -> !name.contains(",")).toList());
    }

    private GaugeSnapshot cache() {
        var labels =
                Labels.of(
                        "block_size",
                        String.valueOf(KvBlocks.TOKENS),
                        "num_gpu_blocks",
                        String.valueOf(load.totalBlocks()));
        return gauge("vllm:cache_config_info", "Sizes of the KV cache", List.of(point(labels, 1)));
    }
}
