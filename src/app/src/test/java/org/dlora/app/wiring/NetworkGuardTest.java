package org.dlora.app.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.dlora.app.settings.DloraPropertiesTest;
import org.dlora.engine.opening.StartException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.ConfigDataApplicationContextInitializer;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class NetworkGuardTest {
    private final ApplicationContextRunner runner =
            new ApplicationContextRunner()
                    .withInitializer(new ConfigDataApplicationContextInitializer())
                    .withUserConfiguration(DloraPropertiesTest.Settings.class, NetworkGuard.class);

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "localhost", "::1", "127.1.2.3"})
    void loopbackIsAllowed(String address) {
        runner.withPropertyValues("server.address=" + address)
                .run(context -> assertThat(context).hasNotFailed());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "192.0.2.1", ""})
    void addressThatOthersReachIsRefused(String address) {
        runner.withPropertyValues("server.address=" + address)
                .run(context ->
                        assertThat(context.getStartupFailure())
                                .rootCause()
                                .isInstanceOf(StartException.class)
                                .hasMessageContaining("server.address is")
                                .hasMessageContaining("dlora.allow-open-network=true"));
    }

    @Test
    void openAddressIsAllowedBySetting() {
        runner.withPropertyValues("server.address=0.0.0.0", "dlora.allow-open-network=true")
                .run(context -> assertThat(context).hasNotFailed());
    }

    @Test
    void separateManagementPortIsGuardedToo() {
        runner.withPropertyValues("management.server.port=9090")
                .run(context -> assertThat(context).hasFailed());
        runner.withPropertyValues(
                        "management.server.port=9090", "management.server.address=127.0.0.1")
                .run(context -> assertThat(context).hasNotFailed());
        runner.withPropertyValues("management.server.port=-1")
                .run(context -> assertThat(context).hasNotFailed());
    }

    @Test
    void malformedAddressIsNamed() {
        runner.withPropertyValues(
                        "management.server.port=9090", "management.server.address=300.1.2.3")
                .run(context ->
                        assertThat(context.getStartupFailure())
                                .rootCause()
                                .isInstanceOf(StartException.class)
                                .hasMessageContaining("management.server.address is 300.1.2.3"));
    }

    @Test
    void openAddressIsAllowedWithAKey() {
        runner.withPropertyValues("server.address=0.0.0.0")
                .withBean(KeyPresence.class, () -> Optional::empty)
                .run(context -> assertThat(context).hasNotFailed());
        runner.withPropertyValues("server.address=0.0.0.0")
                .withBean(KeyPresence.class, () -> () -> Optional.of("there is no API key"))
                .run(context ->
                        assertThat(context.getStartupFailure())
                                .rootCause()
                                .hasMessage(
                                        "server.address is 0.0.0.0: whoever reaches it could use the model, and there is no API key. Set it to 127.0.0.1, make a key (java -jar dlora.jar keys create --name=admin --scope=admin, or dlora.security.admin-key), or set dlora.allow-open-network=true where the network is trusted."));
    }

    @Test
    void theDatabaseIsNotAskedOnLoopback() {
        runner.withBean(
                        KeyPresence.class,
                        () ->
                                () -> {
                                    throw new AssertionError("asked");
                                })
                .run(context -> assertThat(context).hasNotFailed());
    }
}
