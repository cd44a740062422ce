package org.dlora.app.settings.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.dlora.app.settings.DloraProperties;
import org.junit.jupiter.api.Test;

class EnvironmentNamesTest {
    private final EnvironmentNames names = new EnvironmentNames("dlora", DloraProperties.class);

    @Test
    void settingsAreKnownInBothSpellings() {
        assertThat(
                        names.unknown(
                                Set.of(
                                        "DLORA_MODEL",
                                        "dlora_model",
                                        "DLORA_SERVEDNAME",
                                        "DLORA_SERVED_NAME",
                                        "DLORA_KVCACHE_SIZE",
                                        "DLORA_KV_CACHE_DTYPE",
                                        "DLORA_ADAPTERS_ROOTS",
                                        "DLORA_ADAPTERS_ROOTS_0",
                                        "DLORA_REPLICAS_12_THREADS",
                                        "DLORA_CPU_NATIVE",
                                        "DLORA_ALLOW_OPEN_NETWORK")))
                .isEmpty();
    }

    @Test
    void variablesWithoutASettingAreFound() {
        assertThat(
                        names.unknown(
                                Set.of(
                                        "DLORA_MODLE",
                                        "DLORA_PORT",
                                        "DLORA_SERVICE_HOST",
                                        "DLORA_REPLICAS_THREADS",
                                        "PATH",
                                        "XDLORA_MODEL")))
                .containsExactly(
                        "DLORA_MODLE",
                        "DLORA_PORT",
                        "DLORA_REPLICAS_THREADS",
                        "DLORA_SERVICE_HOST");
    }

    @Test
    void systemPropertiesWithoutASettingAreFound() {
        assertThat(
                        names.unknownProperties(
                                Set.of(
                                        "dlora.model",
                                        "dlora.kv-cache.size",
                                        "dlora.kvCache.dtype",
                                        "dlora.replicas[0].threads",
                                        "dlora.cpu.vector",
                                        "dlora.cuda.driver",
                                        "dlora.cuda.graphs",
                                        "dlora.cuda.kernels",
                                        "dlora.launcher.parent",
                                        "dlora.test.long",
                                        "java.home",
                                        "dlora.cuda.library",
                                        "dlora.modle",
                                        "dlora.replicas[0].cores")))
                .containsExactly("dlora.cuda.library", "dlora.modle", "dlora.replicas[0].cores");
    }
}
