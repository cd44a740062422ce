package org.dlora.console.settings;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SettingsFileTest {

    @Test
    void commentsBelongToTheNamesBelowThem() {
        var found =
                SettingsFile.read(
                        """
                        # Not of a setting.

                        dlora:
                          # The model.
                          # Two lines.
                          model:
                          group:
                            # Of both.
                            first: 1s
                            second: "off"
                          # Copies.
                          #   replicas:
                          #     - device: cpu
                          replicas: []
                          # - model: sql
                          after: true

                        server:
                          port: 8080
                        """);
        assertThat(found)
                .containsExactly(
                        new DescribedSetting("dlora.model", "", "The model. Two lines."),
                        new DescribedSetting("dlora.group.first", "1s", "Of both."),
                        new DescribedSetting("dlora.group.second", "off", "Of both."),
                        new DescribedSetting("dlora.replicas", "", "Copies."),
                        new DescribedSetting("dlora.after", "true", "Copies."));
    }

    @Test
    void theBundledFileHasATextForEachSetting() {
        assertThat(SettingsFile.bundled())
                .hasSizeGreaterThan(70)
                .allSatisfy(one -> {
                    assertThat(one.name()).startsWith("dlora.");
                    assertThat(one.text()).as(one.name()).isNotBlank();
                })
                .extracting(DescribedSetting::name)
                .contains("dlora.slo.ttft", "dlora.console.oidc.role-claim", "dlora.replicas")
                .doesNotHaveDuplicates();
    }
}
