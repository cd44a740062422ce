package org.dlora.console.page;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShortIdTest {

    @ParameterizedTest
    @CsvSource({
        "cmpl-eef165e803be47b991abe4b36b482948-4, cmpl-eef165e8…-4",
        "chatcmpl-0fb46d660d03468e875b76a64e6b72e0-50, chatcmpl-0fb46d66…-50",
        "cmpl-1-0, cmpl-1-0",
        "cmpl-12345678-0, cmpl-12345678-0",
        "demo-e52d26b66d03468e875b76a64e6b72e0, demo-e52d26b6…",
        "mine, mine",
        "-, -"
    })
    void middlesOfLongIdsAreLeftOut(String id, String expected) {
        assertThat(Formats.ALL.shortId(id)).isEqualTo(expected);
    }
}
