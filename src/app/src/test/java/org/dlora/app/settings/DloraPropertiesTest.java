package org.dlora.app.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.dlora.api.openai.call.PrefixSharing;
import org.dlora.app.wiring.AppConfiguration;
import org.dlora.catalogue.served.Catalogue;
import org.dlora.cluster.TinyAdapter;
import org.dlora.cluster.requests.QueueLimits;
import org.dlora.cluster.supervision.WatchdogSettings;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.engine.opening.DeviceName;
import org.dlora.engine.opening.StartException;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.dispatch.DispatchPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.ConfigurationPropertiesBindHandlerAdvisor;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.context.ConfigDataApplicationContextInitializer;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.util.unit.DataSize;

public class DloraPropertiesTest {
    private final ApplicationContextRunner runner =
            new ApplicationContextRunner()
                    .withInitializer(new ConfigDataApplicationContextInitializer())
                    .withUserConfiguration(Settings.class);

    @EnableConfigurationProperties(DloraProperties.class)
    public static class Settings {
        @Bean
        static ConfigurationPropertiesBindHandlerAdvisor shape() {
            return AppConfiguration.settingsShape();
        }
    }

    @Test
    void applicationYmlGivesTheDefaults() {
        runner.run(context -> {
            var settings = context.getBean(DloraProperties.class);
            assertThat(settings.modelFolder()).isEmpty();
            assertThat(settings.name()).isEmpty();
            assertThat(settings.adapters().roots()).isEmpty();
            assertThat(settings.adapters().manifestFile()).isEmpty();
            assertThat(settings.adapters().manifestInterval()).isEqualTo(Duration.ofSeconds(2));
            assertThat(settings.adapters().rootsInterval()).isEqualTo(Duration.ofSeconds(10));
            assertThat(settings.webhooks()).isEmpty();
            assertThat(settings.replicas()).isEmpty();
            assertThat(settings.kvCache().size()).isEqualTo(DataSize.ofBytes(0));
            assertThat(settings.kvCache().dtype()).isEqualTo(KvPrecision.AUTO);
            assertThat(settings.dtype()).isEqualTo(WeightPrecision.AUTO);
            assertThat(settings.maxModelLen()).isZero();
            assertThat(List.of(settings.maxBatch(), settings.maxBatchTokens(), settings.maxQueue()))
                    .containsExactly(64, 512, 1024);
            assertThat(settings.queue()).isEqualTo(QueueLimits.of(1024));
            assertThat(settings.http().ping()).isEqualTo(Duration.ofSeconds(15));
            assertThat(settings.watchdog().settings()).isEqualTo(new WatchdogSettings(30, 50, 600));
            assertThat(settings.dispatch().policy()).isEqualTo(DispatchPolicy.PREDICTED_FINISH);
            assertThat(settings.placement().enabled()).isTrue();
            assertThat(settings.prefixCache()).isTrue();
            assertThat(settings.metrics().vllm()).isTrue();
            assertThat(settings.allowOpenNetwork()).isFalse();
        });
    }

    @Test
    void theBytesOfTheQueueCanBeSet() {
        runner.withPropertyValues("dlora.max-queue=7", "dlora.max-queue-bytes=3MB")
                .run(context ->
                        assertThat(context.getBean(DloraProperties.class).queue())
                                .isEqualTo(new QueueLimits(7, 3 << 20)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"dlora.model=folder", "dlora.memory=1GB", "dlora.kv-cache.size=4MB"})
    void oneReplicaServesUnlessAsked(String property) {
        runner.withPropertyValues(property)
                .run(context ->
                        assertThat(context.getBean(DloraProperties.class).replicasOrDefault())
                                .containsExactly(
                                        new ReplicaProperties(
                                                DeviceName.CPU, 0, DataSize.ofBytes(0))));
    }

    @Test
    void replicasHaveGpusOrTheProcessors() {
        assertThat(DeviceName.of("cpu").gpu()).isEmpty();
        assertThat(DeviceName.of("cuda:12").gpu()).hasValue(12);
        runner.withPropertyValues(
                        "dlora.replicas[0].device=cuda:1",
                        "dlora.replicas[1].device=cuda:0",
                        "dlora.replicas[2].device=cuda:1")
                .run(context ->
                        assertThat(context.getBean(DloraProperties.class).devices())
                                .extracting(DeviceName::toString)
                                .containsExactly("cuda:1", "cuda:0"));
        runner.withPropertyValues("dlora.replicas[0].device=cpu", "dlora.replicas[1].device=cuda:0")
                .run(context ->
                        assertThatThrownBy(() -> context.getBean(DloraProperties.class).devices())
                                .isInstanceOf(StartException.class)
                                .hasMessage(
                                        "dlora.replicas names the devices cpu and cuda:0: expected cpu for all replicas, or a GPU for each."));
        for (var name : List.of("gpu", "cuda", "cuda:", "cuda:-1", "CPU", "cuda:1234")) {
            assertThatThrownBy(() -> DeviceName.of(name))
                    .isInstanceOf(StartException.class)
                    .hasMessageContaining("'" + name + "': expected cpu, or cuda:0");
        }
    }

    @Test
    void pristineWeightsLieInTheHostsMemoryForOneReplicaOfEachGpu() {
        var host = runner.withPropertyValues("dlora.merge.pristine=host");
        runner.run(context ->
                assertThat(context.getBean(DloraProperties.class).merge().isParked()).isFalse());
        host.withPropertyValues(
                        "dlora.replicas[0].device=cuda:1", "dlora.replicas[1].device=cuda:0")
                .run(context -> {
                    var settings = context.getBean(DloraProperties.class);
                    assertThat(settings.merge().isParked()).isTrue();
                    assertThat(settings.devices()).hasSize(2);
                });
        host.run(context ->
                assertThatThrownBy(() -> context.getBean(DloraProperties.class).devices())
                        .isInstanceOf(StartException.class)
                        .hasMessage(
                                "dlora.merge.pristine is host, but the replicas compute on cpu, whose weights are in the host's memory already. Set it to device, or name a GPU for each replica (dlora.replicas)."));
        host.withPropertyValues(
                        "dlora.replicas[0].device=cuda:1",
                        "dlora.replicas[1].device=cuda:0",
                        "dlora.replicas[2].device=cuda:1")
                .run(context ->
                        assertThatThrownBy(() -> context.getBean(DloraProperties.class).devices())
                                .isInstanceOf(StartException.class)
                                .hasMessage(
                                        "dlora.merge.pristine is host, but dlora.replicas has 2 replicas on cuda:1: merges overwrite the weights of a GPU, so it has one replica. Name each GPU once, or set dlora.merge.pristine to device."));
    }

    @Test
    void theBareDemoHasTwoReplicasWithAMemoryEach() {
        runner.run(context ->
                assertThat(context.getBean(DloraProperties.class).replicasOrDefault())
                        .hasSize(2)
                        .allMatch(ReplicaProperties::hasOwnMemory));
    }

    @Test
    void theRecordHasTheSameDefaultsWithoutApplicationYml() {
        new ApplicationContextRunner()
                .withUserConfiguration(Settings.class)
                .run(bare ->
                        runner.run(withFile -> {
                            var file = withFile.getBean(DloraProperties.class);
                            var record = bare.getBean(DloraProperties.class);
                            assertThat(record.replicas()).isEqualTo(file.replicas());
                            assertThat(record.adapters()).isEqualTo(file.adapters());
                            assertThat(record.kvCache()).isEqualTo(file.kvCache());
                            assertThat(record.http()).isEqualTo(file.http());
                            assertThat(record.metrics()).isEqualTo(file.metrics());
                            assertThat(record.prefixCache()).isEqualTo(file.prefixCache());
                            assertThat(record.maxBatch()).isEqualTo(file.maxBatch());
                            assertThat(record.maxModelLen()).isEqualTo(file.maxModelLen());
                        }));
    }

    @Test
    void clientsMayChangeAdaptersByDefaultOnlyWhereTheNetworkIsNotOpen() {
        assertRuntimeUpdates(true);
        assertRuntimeUpdates(false, "dlora.allow-open-network=true");
        assertRuntimeUpdates(
                true, "dlora.allow-open-network=true", "dlora.adapters.runtime-updates=true");
        assertRuntimeUpdates(false, "dlora.adapters.runtime-updates=false");
    }

    private void assertRuntimeUpdates(boolean allowed, String... settings) {
        runner.withPropertyValues(settings)
                .run(context ->
                        assertThat(context.getBean(DloraProperties.class).allowsRuntimeUpdates())
                                .isEqualTo(allowed));
    }

    @Test
    void settingsAreRead() {
        runner.withPropertyValues(
                        "dlora.model=/models/x",
                        "dlora.adapters.roots=/a,/b",
                        "dlora.replicas[0].threads=2",
                        "dlora.replicas[1].device=cpu",
                        "dlora.kv-cache.size=2GB",
                        "dlora.kv-cache.dtype=bfloat16",
                        "dlora.cpu.native=off",
                        "dlora.prefix-cache=false",
                        "dlora.prefix-cache-shared=server",
                        "dlora.metrics.vllm=false",
                        "dlora.max-model-len=4096")
                .run(context -> {
                    var settings = context.getBean(DloraProperties.class);
                    assertThat(settings.modelFolder()).contains(Path.of("/models/x"));
                    assertThat(settings.adapters().folders())
                            .containsExactly(Path.of("/a"), Path.of("/b"));
                    assertThat(settings.replicasOrDefault())
                            .containsExactly(
                                    new ReplicaProperties(DeviceName.CPU, 2, DataSize.ofBytes(0)),
                                    new ReplicaProperties(DeviceName.CPU, 0, DataSize.ofBytes(0)));
                    assertThat(settings.callSettings().prefixes()).isEqualTo(PrefixSharing.SERVER);
                    assertThat(settings.callSettings().prefixCache()).isFalse();
                    assertThat(settings.kvCache().size()).isEqualTo(DataSize.ofGigabytes(2));
                    assertThat(settings.kvCache().dtype()).isEqualTo(KvPrecision.BFLOAT16);
                    assertThat(settings.cpu().nativeKernels()).isEqualTo(CpuDevice.Native.OFF);
                    assertThat(settings.maxModelLen()).isEqualTo(4096);
                    assertThat(settings.prefixCache()).isFalse();
                    assertThat(settings.metrics().vllm()).isFalse();
                });
    }

    @ParameterizedTest
    @CsvSource({
        "auto, AUTO",
        "off, OFF",
        "false, OFF",
        "avx512, AVX512",
        "avx512-bf16, AVX512_BF16",
        "amx, AMX"
    })
    void kernelsAreNamed(String setting, CpuDevice.Native kernels) {
        runner.withPropertyValues("dlora.cpu.native=" + setting)
                .run(context -> {
                    var settings = context.getBean(DloraProperties.class);
                    assertThat(settings.cpu().nativeKernels()).isEqualTo(kernels);
                });
    }

    @Test
    void timesWithoutAUnitAreInSecondsAsInTheAdministration() {
        runner.withPropertyValues("dlora.slo.ttft=2", "dlora.slo.tpot=50ms", "dlora.merge.keep=60")
                .run(context -> {
                    var settings = context.getBean(DloraProperties.class);
                    assertThat(settings.slo().limits()).isEqualTo(new SloLimits(2, 0.05));
                    assertThat(settings.merge().settings().keep()).isEqualTo(60);
                });
    }

    @Test
    void sharesNameModelsThatAreServed() {
        var served = TinyAdapter.served("sql#1", "sql");
        var catalogue = new Catalogue("demo", List.of(served));
        runner.withPropertyValues(
                        "dlora.shares[0].model=sql",
                        "dlora.shares[0].weight=2",
                        "dlora.shares[1].model=demo",
                        "dlora.shares[1].weight=0.5")
                .run(context -> {
                    var settings = context.getBean(DloraProperties.class);
                    assertThat(settings.scheduling(catalogue).weights().byName())
                            .isEqualTo(Map.of("sql", 2.0, "", 0.5));
                    assertThatThrownBy(() -> settings.scheduling(new Catalogue("demo", List.of())))
                            .isInstanceOf(StartException.class)
                            .hasMessageContaining("dlora.shares names 'sql', which is not served");
                    assertThatThrownBy(() ->
                                    settings.scheduling(new Catalogue("base", List.of(served))))
                            .hasMessageContaining("'demo'");
                });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "dlora.modle=/models/x",
                "dlora.kv-cache.bytes=1",
                "dlora.max-batch=0",
                "dlora.max-batch=many",
                "dlora.max-batch=513",
                "dlora.max-batch-tokens=63",
                "dlora.max-queue=-1",
                "dlora.max-queue-bytes=-1B",
                "dlora.max-model-len=-1",
                "dlora.replicas[0].device=tpu",
                "dlora.replicas[0].threads=-1",
                "dlora.dtype=float16",
                "dlora.adapters.runtime-updates=maybe",
                "dlora.kv-cache.size=much",
                "dlora.shares[0].weight=0",
                "dlora.shares[0].wait=1",
                "dlora.http.ping=1ms",
                "dlora.http.max-connections=0",
                "dlora.http.max-bodies=-1B",
                "dlora.http.head-timeout=-1s",
                "dlora.watchdog.maximum=29s"
            })
    void unknownOrOutOfRangeSettingsEndTheStart(String setting) {
        runner.withPropertyValues(setting).run(context -> assertThat(context).hasFailed());
    }
}
