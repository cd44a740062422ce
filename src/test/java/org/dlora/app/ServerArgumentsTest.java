package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerArgumentsTest {
    @Test
    void settingsAreAccepted() {
        assertThat(ServerArguments.problem()).isEmpty();
        assertThat(ServerArguments.problem("--server.port=9000", "--debug", "--dlora.model="))
                .isEmpty();
        assertThat(ServerArguments.problem("--dlora.model=/a folder\nof two lines"))
                .as("a value may hold anything")
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"server.port=9000", "-foo", "serve", "", "--", "-Ddlora.model=x"})
    void otherArgumentsAreNamed(String argument) {
        assertThat(ServerArguments.problem("--debug", argument).orElseThrow())
                .contains("'" + argument + "'", "--NAME=VALUE");
    }

    @Test
    void helpHasTwoSpellings() {
        assertThat(ServerArguments.asksForHelp("--help")).isTrue();
        assertThat(ServerArguments.asksForHelp("--debug", "-h")).isTrue();
        assertThat(ServerArguments.asksForHelp("--debug")).isFalse();
    }
}
