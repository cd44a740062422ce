package org.dlora.app.device;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PluralTest {
    @Test
    void nounIsSingularForOneOnly() {
        assertThat(Plural.of(0, "adapter")).isEqualTo("0 adapters");
        assertThat(Plural.of(1, "adapter")).isEqualTo("1 adapter");
        assertThat(Plural.of(2, "adapter")).isEqualTo("2 adapters");
    }
}
