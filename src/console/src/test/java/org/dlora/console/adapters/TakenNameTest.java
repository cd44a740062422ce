package org.dlora.console.adapters;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TakenNameTest {
    @Test
    void formsDoNotNameParametersOfTheApi() {
        var taken =
                TakenName.in(
                        "The adapter 'it's' is served already. Choose another name, or activate=false.");
        assertThat(taken).contains(new TakenName("it's"));
        assertThat(taken.orElseThrow().words())
                .startsWith("The adapter 'it's' is served already. Add the files here as a version")
                .doesNotContain("=");
    }

    @Test
    void otherRefusalsHaveNoTakenName() {
        assertThat(TakenName.in("adapter_config.json is missing.")).isEmpty();
    }
}
