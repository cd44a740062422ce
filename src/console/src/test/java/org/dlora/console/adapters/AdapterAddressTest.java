package org.dlora.console.adapters;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdapterAddressTest {

    @ParameterizedTest
    @ValueSource(strings = {"sql", "red/v2", "a, b: c", "ü@1", "<b>\"q\""})
    void subjectsOfPanelsStandForAnyName(String name) {
        assertThat(AdapterAddress.subject(name)).matches("[A-Za-z0-9_-]+");
        assertThat(AdapterAddress.name(AdapterAddress.subject(name))).isEqualTo(name);
    }

    @Test
    void aNameThatIsTooLongHasNoPanel() {
        assertThat(AdapterAddress.subject("x".repeat(300))).isEmpty();
        assertThat(AdapterAddress.name("%%%")).isEmpty();
    }

    @Test
    void routesAreInWords() {
        assertThat(Routes.words(Map.of(3, 1))).isEqualTo("v3");
        assertThat(Routes.words(Map.of(3, 90, 4, 10))).isEqualTo("v3 90\u00a0%, v4 10\u00a0%");
        assertThat(Routes.words(Map.of(1, 999, 2, 1))).isEqualTo("v1 100\u00a0%, v2 0.10\u00a0%");
    }
}
