package org.dlora.app.wiring;

import java.util.concurrent.CancellationException;
import org.dlora.api.openai.call.Serving;
import org.dlora.engine.opening.Closing;
import org.dlora.operate.Administration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/**
 * The life of the served model. It is loaded once the web server listens, so that {@code /health}
 * can answer "not ready". It is freed at the end, after the running requests have finished.
 */
@Component
final class ModelServer
        implements ApplicationRunner, ApplicationListener<ContextClosedEvent>, DisposableBean {
    private static final Logger log = LoggerFactory.getLogger(ModelServer.class);

    private final ModelLoader loader;
    private final Serving serving;
    private final Administration administration;
    private final Environment environment;
    private final Closing closing = new Closing();
    private final Object loading = new Object();

    ModelServer(
            ModelLoader loader,
            Serving serving,
            Administration administration,
            Environment environment) {
        this.loader = loader;
        this.serving = serving;
        this.administration = administration;
        this.environment = environment;
    }

    @Override
    public void run(ApplicationArguments arguments) {
        synchronized (loading) {
            try {
                closing.goOn();
                var loaded = loader.load(closing);
                closing.goOn();
                administration.begin(loaded.services());
                serving.begin(loaded.served());
                log.info("{}", new Announcement(loaded.served(), loader.leftOut(), environment));
            } catch (CancellationException _) {
                log.info("Loading ended early: The server is shutting down");
            }
        }
    }

    /** Stops loading. This is the first event of a shutdown, before the wait for requests. */
    @Override
    public void onApplicationEvent(ContextClosedEvent event) {
        closing.stop();
    }

    /** Frees the model. Waits until loading has stopped, because it reads what is freed here. */
    @Override
    public void destroy() {
        closing.stop();
        synchronized (loading) {
            serving.end();
            administration.end();
            closing.close();
        }
    }
}
