package org.dlora.api.users;

import org.dlora.operate.access.UserCommands;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** Endpoints of users. They need a {@link org.dlora.security.users.UserService}. */
@Configuration(proxyBeanMethods = false)
@Import({UserCommands.class, UsersController.class})
public class UsersApi {}
