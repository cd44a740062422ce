package org.dlora.app.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.FutureTask;
import org.dlora.api.openai.call.Serving;
import org.dlora.app.settings.DloraProperties;
import org.dlora.app.settings.DloraPropertiesTest;
import org.dlora.operate.Administration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.DefaultApplicationArguments;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationContext;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.mock.env.MockEnvironment;

@ExtendWith(OutputCaptureExtension.class)
class ModelServerTest {

    @Test
    void shutdownWaitsUntilLoadingHasStopped(CapturedOutput output) {
        new ApplicationContextRunner()
                .withUserConfiguration(DloraPropertiesTest.Settings.class)
                .run(context -> {
                    var clock = new ShutdownWhenLoading();
                    var server = server(context, clock);
                    clock.shutdown = server::destroy;

                    server.run(new DefaultApplicationArguments());

                    clock.task.get();
                    assertThat(output)
                            .contains("Loading ended early: The server is shutting down")
                            .doesNotContain("Ready at");
                });
    }

    @Test
    void shutdownStopsLoadingBeforeTheServerIsDestroyed(CapturedOutput output) {
        new ApplicationContextRunner()
                .withUserConfiguration(DloraPropertiesTest.Settings.class)
                .run(context -> {
                    var server = server(context, Clock.system(ZoneOffset.UTC));
                    server.onApplicationEvent(new ContextClosedEvent(context));

                    server.run(new DefaultApplicationArguments());

                    server.destroy();
                    assertThat(output)
                            .contains("Loading ended early: The server is shutting down")
                            .doesNotContain("Loading dlora-demo")
                            .doesNotContain("Ready at");
                });
    }

    private static ModelServer server(ApplicationContext context, Clock clock) {
        var loader =
                ModelLoaders.of(
                        context.getBean(DloraProperties.class), new SimpleMeterRegistry(), clock);
        return new ModelServer(loader, new Serving(), new Administration(), new MockEnvironment());
    }

    /** A clock whose first reader, which loads, is overtaken by a shutdown. */
    private static final class ShutdownWhenLoading extends Clock {
        private Runnable shutdown = () -> {};
        private final FutureTask<?> task = new FutureTask<>(() -> shutdown.run(), null);
        private boolean begun;

        @Override
        public Instant instant() {
            if (!begun) {
                begun = true;
                var thread = Thread.ofPlatform().start(task);
                while (thread.isAlive() && thread.getState() != Thread.State.BLOCKED) {
                    Thread.onSpinWait();
                }
            }
            return Instant.EPOCH;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
