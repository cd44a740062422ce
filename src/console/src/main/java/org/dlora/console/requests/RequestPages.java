package org.dlora.console.requests;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** The pages of requests. */
@Configuration(proxyBeanMethods = false)
@Import({
    RequestsController.class,
    RequestController.class,
    FilterNames.class,
    RunningPanel.class,
    OpenRequestPanel.class
})
public class RequestPages {}
