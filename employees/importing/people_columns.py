"""The columns of a file of people, and what else they are called."""

from __future__ import annotations

from employees.importing.columns import Column

NUMBER = "nro,codigo,legajo,ficha,matricula,numero de empleado,codigo de empleado,nro de item,cod empleado,registro"
NUMBER_IN_ENGLISH = (
    "no,num,n,nº,cod,code,id,item,badge,staff no,personnel number,payroll number,employee number,user id,ac no"
)
"""What a person's number is called."""

EMPLOYEE = Column(
    "employee",
    "Employee",
    "Empleado",
    f"numero,trabajador,colaborador,funcionario,empregado,{NUMBER}",
    f"number,{NUMBER_IN_ENGLISH}",
    needed=True,
    example="00042",
)
"""Whose a row is, in files about people who are known already."""
COLUMNS = (
    Column("number", "Number", "Número", NUMBER, NUMBER_IN_ENGLISH, needed=True, example="00042"),
    Column(
        "first_name",
        "First name",
        "Nombre",
        "nombres,primer nombre,segundo nombre,nombre completo,"
        "nombres y apellidos,apellidos y nombres,apellidos nombres,nombre y apellido,apellido y nombre,"
        "nome,nomes,primeiro nome,nome completo,prenome,nome e sobrenome",
        "name,given name,full name,forename",
        joined=True,
        example="María",
    ),
    Column(
        "last_name",
        "Last name",
        "Apellido",
        "apellidos,apellido paterno,apellido materno,paterno,materno,"
        "primer apellido,segundo apellido,ap paterno,ap materno,apellido de casada,sobrenome,sobrenomes,ultimo nome",
        "surname,family name",
        joined=True,
        example="Quispe Mamani",
    ),
    Column(
        "email",
        "E-mail",
        "Correo",
        "correo electronico,correo corporativo,correio eletronico",
        "mail,email address,e mail",
        example="maria@example.com",
    ),
    Column(
        "department",
        "Department",
        "Departamento",
        "dpto,depto,seccion,unidad,gerencia,sector,setor,secao,unidade,divisao",
        "dept,area,division",
        example="Almacén",
    ),
    Column(
        "manager",
        "Manager",
        "Jefe inmediato",
        "jefe,jefe directo,jefe inmediato superior,responsable,encargado,numero del jefe,"
        "jefe supervisor,supervisora,jefa,inmediato superior,gestor,gestora,chefe,superior imediato,responsavel",
        "supervisor,boss,reports to,line manager,manager number",
        example="00007",
    ),
    Column(
        "site", "Site", "Sede", "sucursal,oficina,agencia,lugar de trabajo,filial,local de trabalho", "location,branch"
    ),
    Column("contract", "Contract", "Contrato", "tipo de contrato", "contract type"),
    Column(
        "time_zone",
        "Time zone",
        "Zona horaria",
        "zona,huso horario,fuso horario",
        "timezone,zone",
        example="America/La_Paz",
    ),
    Column(
        "hired_on",
        "Hired on",
        "Fecha de ingreso",
        "ingreso,f ingreso,fec ingreso,fecha de alta,alta,fecha de contratacion,fecha de inicio,fecha de admision,"
        "data de admissao,admissao,data de contratacao,data de inicio,data de entrada",
        "hire date,hired,date hired,date of hire,start date,joined",
        example="2026-01-31",
    ),
    Column(
        "left_on",
        "Left on",
        "Fecha de retiro",
        "retiro,f retiro,fec retiro,fecha de baja,baja,fecha de salida,fecha de egreso,egreso,ultimo dia,fecha de fin,"
        "data de demissao,demissao,data de desligamento,desligamento,data de saida,data de rescisao",
        "left,leave date,end date,termination date,last day",
    ),
    Column("pin", "PIN", "PIN", "clave,senha"),
)
