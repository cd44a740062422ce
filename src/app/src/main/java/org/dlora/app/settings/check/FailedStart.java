package org.dlora.app.settings.check;

import org.springframework.boot.context.event.ApplicationFailedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.stereotype.Component;

/**
 * Closes the context of a failed start before the reason is reported, so that the reason is the
 * last line. Spring Boot would close it afterwards and log that.
 */
@Component
final class FailedStart implements ApplicationListener<ApplicationFailedEvent> {
    @Override
    public void onApplicationEvent(ApplicationFailedEvent event) {
        var context = event.getApplicationContext();
        if (context != null) {
            context.close();
        }
    }
}
