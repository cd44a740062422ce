package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerCommandLineTest {
    @Test
    void settingsAreAccepted() {
        assertThat(ServerCommandLine.problem()).isEmpty();
        assertThat(ServerCommandLine.problem("--server.port=9000", "--debug", "--dlora.model="))
                .isEmpty();
        assertThat(ServerCommandLine.problem("--dlora.model=/a folder\nof two lines"))
                .as("a value may hold anything")
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"server.port=9000", "-foo", "serve", "", "--", "-Ddlora.model=x"})
    void otherArgumentsAreNamed(String argument) {
        assertThat(ServerCommandLine.problem("--debug", argument).orElseThrow())
                .contains("'" + argument + "'", "--NAME=VALUE");
    }

    @Test
    void helpHasTwoSpellings() {
        assertThat(ServerCommandLine.asksForHelp("--help")).isTrue();
        assertThat(ServerCommandLine.asksForHelp("--debug", "-h")).isTrue();
        assertThat(ServerCommandLine.asksForHelp("--debug")).isFalse();
    }
}
