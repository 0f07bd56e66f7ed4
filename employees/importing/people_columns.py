"""The columns of a file of people, and what else they are called."""

from __future__ import annotations

from employees.importing.columns import Column

NUMBER = (
    "no,nro,num,n,nº,codigo,cod,code,id,legajo,ficha,matricula,item,badge,staff no,personnel number,payroll number,"
    "employee number,numero de empleado,codigo de empleado,nro de item,cod empleado,user id,ac no"
)
"""What a person's number is called."""

COLUMNS = (
    Column("number", "Number", "Número", NUMBER, needed=True, example="00042"),
    Column(
        "first_name",
        "First name",
        "Nombre",
        "nombres,name,given name,primer nombre,segundo nombre,nombre completo,full name,forename,"
        "nombres y apellidos,apellidos y nombres,apellidos nombres,nombre y apellido,apellido y nombre",
        joined=True,
        example="María",
    ),
    Column(
        "last_name",
        "Last name",
        "Apellido",
        "apellidos,surname,family name,apellido paterno,apellido materno,paterno,materno,"
        "primer apellido,segundo apellido,ap paterno,ap materno,apellido de casada",
        joined=True,
        example="Quispe Mamani",
    ),
    Column(
        "email",
        "E-mail",
        "Correo",
        "mail,email address,correo electronico,e mail,correo corporativo",
        example="maria@example.com",
    ),
    Column(
        "department",
        "Department",
        "Departamento",
        "dept,dpto,depto,area,seccion,unidad,division,gerencia,sector",
        example="Almacén",
    ),
    Column(
        "manager",
        "Manager",
        "Jefe inmediato",
        "jefe,supervisor,jefe directo,jefe inmediato superior,responsable,encargado,boss,"
        "reports to,line manager,manager number,numero del jefe,jefe supervisor,supervisora,jefa,"
        "inmediato superior",
        example="00007",
    ),
    Column("site", "Site", "Sede", "sucursal,location,branch,oficina,agencia,lugar de trabajo"),
    Column("contract", "Contract", "Contrato", "contract type,tipo de contrato"),
    Column("time_zone", "Time zone", "Zona horaria", "timezone,zone,zona,huso horario", example="America/La_Paz"),
    Column(
        "hired_on",
        "Hired on",
        "Fecha de ingreso",
        "ingreso,f ingreso,fec ingreso,hire date,hired,date hired,date of hire,start date,fecha de alta,"
        "alta,fecha de contratacion,fecha de inicio,fecha de admision,joined",
        example="2026-01-31",
    ),
    Column(
        "left_on",
        "Left on",
        "Fecha de retiro",
        "retiro,f retiro,fec retiro,left,leave date,end date,termination date,last day,fecha de baja,"
        "baja,fecha de salida,fecha de egreso,egreso,ultimo dia,fecha de fin",
    ),
    Column("pin", "PIN", "PIN", "clave"),
)
